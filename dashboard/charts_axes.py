"""Axes, headings and stripes of the charts; each panel has a range of pixels of its own."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from dashboard.charts_layout import TRACE_PX, ticks
from dashboard.charts_palette import Palette

STRIPES: Final = 10
"""Stripes over a run of seconds without data."""
MINUTES: Final = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02d')"
HOURS: Final = (
    "floor(datum.value / 3600) + ':' + format(floor(datum.value / 60) % 60, '02d')"
    " + ':' + format(datum.value % 60, '02d')"
)
BARE: Final = "datum.value + ' s'"
"""Seconds that may be counted from somewhere inside the content."""


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


def playhead_label(end: int) -> str:
    """Return the expression of Vega that writes seconds up to `end` in minutes, or in hours."""
    return HOURS if end > 3600 else MINUTES


def time_x(field: str, first: int, seconds: int, label: str, palette: Palette) -> alt.X:
    """Place by a number on the axis of so many seconds, from `first` on.

    Args:
        field: the number.
        first: second.
        seconds: of the axis.
        label: expression of Vega that writes a tick.
        palette: the theme's.
    """
    domain = [first - 0.5, first + max(seconds, 2) - 0.5]
    axis = alt.Axis(
        values=ticks(seconds, first),
        labelExpr=label,
        grid=False,
        domain=False,
        tickColor=palette.quiet,
        labelColor=palette.quiet,
        labelFontSize=12,
        labelOverlap=True,
    )
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    return alt.X(f"{field}:Q", title=None, scale=scale, axis=axis)


def value_axis(form: str, palette: Palette, values: Sequence[float] = ()) -> alt.Axis:
    """Return the axis of figures written as `form`: at `values`, or at about four of them."""
    return alt.Axis(
        values=values or alt.Undefined,
        tickCount=alt.Undefined if values else 4,
        format=form,
        orient="left",
        title=None,
        domain=False,
        ticks=False,
        gridColor=palette.grid,
        labelColor=palette.quiet,
        labelFontSize=12,
    )


def y_of(field: str, range_px: tuple[int, int], top: float, form: str, palette: Palette) -> alt.Y:
    """Return a panel's own axis: from 0 to `top` on its own range of pixels."""
    parts = 4 if range_px == TRACE_PX else 1
    return alt.Y(
        field,
        scale=alt.Scale(domain=[0, top], range=list(range_px), nice=False),
        axis=value_axis(form, palette, [top * i / parts for i in range(parts + 1)]),
    )
