"""Axes, headings and stripes of the charts; each panel has a range of pixels of its own."""

from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts_layout import TRACE_PX, ticks
from dashboard.charts_palette import Palette

STRIPES: Final = 10
"""Stripes over a run of seconds without data."""


def words(text: str, y_px: int, palette: Palette) -> alt.Chart:
    """Put a heading at the left of a panel."""
    said = alt.Chart(pd.DataFrame({"words": [text]})).mark_text(
        align="left", fontSize=13, fontWeight=600, color=palette.ink
    )
    placed: alt.Chart = said.encode(x=alt.value(0), y=alt.value(y_px), text="words:N")
    return placed


def stripes(one: str, other: str) -> dict[str, Any]:
    """Return a gradient with hard edges: Vega has no patterns."""
    edges = [(i, i + 1, (one, other)[i % 2]) for i in range(2 * STRIPES)]
    stops = [
        {"offset": place / len(edges), "color": colour}
        for start, end, colour in edges
        for place in (start, end)
    ]
    return {"gradient": "linear", "x1": 0, "y1": 0, "x2": 1, "y2": 1, "stops": stops}


def x_of(field: str) -> alt.X:
    """Place by a number on the time axis."""
    return alt.X(f"{field}:Q", title=None)


def time_scale(first: int, seconds: int) -> alt.Scale:
    """Return the scale of so many seconds, from `first` on."""
    domain = [first - 0.5, first + max(seconds, 2) - 0.5]
    return alt.Scale(domain=domain, nice=False, zero=False)


def time_axis(first: int, seconds: int, palette: Palette) -> alt.Axis:
    """Return the axis of so many seconds, from `first` on, in minutes or hours."""
    minutes = "floor(datum.value / 60)"
    hours = "floor(datum.value / 3600) + ':' + format(floor(datum.value / 60) % 60, '02d')"
    whole = hours if first + seconds > 3600 else minutes
    return alt.Axis(
        values=ticks(seconds, first),
        labelExpr=f"{whole} + ':' + format(datum.value % 60, '02d')",
        title=None,
        grid=False,
        domain=False,
        tickColor=palette.quiet,
        labelColor=palette.quiet,
        labelFontSize=12,
        labelOverlap=True,
    )


def y_of(field: str, range_px: tuple[int, int], top: float, form: str, palette: Palette) -> alt.Y:
    """Return a panel's own axis: from 0 to `top` on its own range of pixels."""
    parts = 4 if range_px == TRACE_PX else 1
    return alt.Y(
        field,
        scale=alt.Scale(domain=[0, top], range=list(range_px), nice=False),
        axis=alt.Axis(
            values=[top * i / parts for i in range(parts + 1)],
            format=form,
            orient="left",
            title=None,
            domain=False,
            ticks=False,
            gridColor=palette.grid,
            labelColor=palette.quiet,
            labelFontSize=12,
        ),
    )
