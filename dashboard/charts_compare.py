"""Charts of a comparison: screenings laid over each other, and how each differs from the first.

Pure functions; field names are fixed and safe for Vega, names of screenings appear as values only.
A screening keeps its colour and its dash through all charts.
"""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from dashboard.charts_axes import BARE, time_x, value_axis
from dashboard.charts_layout import share_top, spread
from dashboard.charts_palette import Palette
from dashboard.charts_parts import Chart, by_colour, by_dash, end_names, framed

SCREENING_DASHES: Final = ([1, 0], [7, 3], [2, 2], [10, 3, 2, 3])
"""Pixels drawn and left out, in turn, of the first screening and those compared with it."""
HEIGHT_PX: Final = 220
NAME_LIMIT_PX: Final = 140
"""Longer names end in dots; the table has them in full."""
AXIS_PX: Final = 44
"""Room for the labels of the share axis: the same on both charts, which begin in line."""
POINTS: Final = "datum.value ? format(100 * datum.value, '+.0f') : '0'"
"""How a difference of shares is written: in points."""
LINE_PX: Final = 17
STEP: Final = 0.1
"""Ends of the difference's axis are multiples of it."""


def overlay(curves: pd.DataFrame, names: Sequence[str], palette: Palette) -> Chart:
    """Draw the curve of each screening, with its name at the end.

    Args:
        curves: as `queries_compare.curves` gives them.
        names: of the screenings, by place.
        palette: the theme's.
    """
    top, places = share_top(curves["share"]), list(range(len(names)))
    colours = palette.screenings[: len(places)]
    base = alt.Chart(curves).encode(
        x=_x(curves, palette),
        y=_y("share:Q", (0, top), "datum.label", palette),
        detail="stretch:N",
        color=by_colour("place", places, colours),
        strokeDash=by_dash("place", places, SCREENING_DASHES[: len(places)]),
    )
    last = curves.groupby("place")["share"].last()
    heights = spread([float(last[place]) for place in places], top * LINE_PX / HEIGHT_PX, top)
    chart = alt.layer(
        base.mark_line(strokeWidth=2.2),
        base.transform_filter(alt.datum.alone).mark_point(filled=True, size=30),
        *end_names(names, heights, colours, palette, NAME_LIMIT_PX),
    )
    return framed(chart, HEIGHT_PX)


def difference(
    differences: pd.DataFrame, runs: pd.DataFrame, name: str, place: int, palette: Palette
) -> Chart:
    """Draw how one screening differs from the first, its band, and where that is no accident.

    Args:
        differences: as `queries_compare.differences` gives them, of all places.
        runs: as `queries_compare.runs` gives them.
        name: of the screening.
        place: of it, from 1 on.
        palette: the theme's.
    """
    own, marked = (table[table["place"] == place] for table in (differences, runs))
    ends = _ends(differences)
    base = alt.Chart(own).encode(x=_x(differences, palette), detail="stretch:N")
    colour = palette.screenings[place]
    y = _y("difference:Q", ends, POINTS, palette)
    line = base.encode(y=y)
    run = alt.Chart(marked).encode(x=_x(differences, palette, "start"))
    words = alt.Chart(marked).encode(x=_x(differences, palette, "middle"), text="label:N")
    zero = alt.Chart(pd.DataFrame({"difference": [0.0]})).mark_rule(color=palette.quiet)
    last = float(own["difference"].iloc[-1])
    chart = alt.layer(
        run.mark_rect(color=palette.veil).encode(
            x2="end:Q", y=alt.value(0), y2=alt.value(HEIGHT_PX)
        ),
        run.mark_rect(color=palette.ink).encode(x2="end:Q", y=alt.value(0), y2=alt.value(4)),
        words.mark_text(fontSize=12, fontWeight=600, color=palette.ink).encode(y=alt.value(14)),
        base.mark_area(color=colour, opacity=0.22).encode(
            y=_y("low:Q", ends, POINTS, palette), y2="high:Q"
        ),
        zero.encode(y=y),
        line.mark_line(color=colour, strokeWidth=2.2, strokeDash=SCREENING_DASHES[place]),
        line.transform_filter(alt.datum.alone).mark_point(filled=True, size=30, color=colour),
        *end_names([name], [last], [colour], palette, NAME_LIMIT_PX),
    )
    return framed(chart, HEIGHT_PX)


def _ends(differences: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the difference's axis, the same for all: with 0, and room for words."""
    low = min(0.0, differences[["difference", "low"]].min().min())
    high = max(0.0, differences[["difference", "high"]].max().max())
    return ((low // STEP) * STEP, -(-high // STEP) * STEP + 2 * STEP)


def _x(table: pd.DataFrame, palette: Palette, field: str = "second") -> alt.X:
    first, last = int(table["second"].min()), int(table["second"].max())
    return time_x(field, first, last + 1 - first, BARE, palette)


def _y(field: str, ends: tuple[float, float], label: str, palette: Palette) -> alt.Y:
    axis = value_axis(".0%", palette)
    axis.minExtent = axis.maxExtent = AXIS_PX
    axis.labelExpr = f"datum.value < 1.001 ? {label} : ''"  # above is room for words alone
    return alt.Y(field, title=None, scale=alt.Scale(domain=list(ends), nice=False), axis=axis)
