"""What charts have in common: their frame, curves that are told apart, names at their ends."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from dashboard.charts_palette import Palette

PADDING_PX: Final = {"left": 2, "right": 8, "top": 4, "bottom": 4}

Layers = alt.LayerChart | alt.FacetChart
"""What Altair calls charts on top of each other."""
Chart = alt.Chart | Layers


def framed(chart: Chart, height_px: int) -> Chart:
    """Let a chart take the width it is given, without a frame; its marks are no stops of readers.

    Args:
        chart: any; nothing can be laid over it afterwards.
        height_px: without its axis.
    """
    styled: Chart = (
        chart.properties(
            height=height_px,
            autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
            padding=PADDING_PX,
            background="transparent",
        )
        .configure_view(strokeWidth=0)
        .configure_mark(aria=False)
    )
    return styled


def titled(chart: Chart, title: str, below: str, palette: Palette) -> Chart:
    """Put over a chart what it shows, and under that of whom: a picture of it has both.

    Args:
        chart: as of `framed`.
        title: text from people is shown as text.
        below: empty for nothing.
        palette: the theme's.
    """
    said: Chart = chart.properties(
        title=alt.Title(
            title,
            subtitle=below,
            anchor="start",
            frame="bounds",
            fontSize=13,
            fontWeight=600,
            color=palette.ink,
            subtitleFontSize=12,
            subtitleColor=palette.quiet,
            offset=8,
        )
    )
    return said


def by_colour(
    field: str, values: Sequence[str] | Sequence[int], colours: Sequence[str]
) -> alt.Color:
    """Give each value of a field its colour; names at the ends of curves are the legend."""
    return alt.Color(
        f"{field}:N", legend=None, scale=alt.Scale(domain=list(values), range=list(colours))
    )


def by_dash(
    field: str, values: Sequence[str] | Sequence[int], dashes: Sequence[Sequence[int]]
) -> alt.StrokeDash:
    """Give each value of a field its dash: pixels drawn and left out, in turn."""
    return alt.StrokeDash(
        f"{field}:N", legend=None, scale=alt.Scale(domain=list(values), range=list(dashes))
    )


def end_names(
    names: Sequence[str],
    heights: Sequence[float],
    colours: Sequence[str],
    palette: Palette,
    limit_px: int = 0,
) -> list[alt.Chart]:
    """Name curves at the right edge, each beside a dash in its colour.

    Args:
        names: of the curves.
        heights: of the names, on the axis of the curves.
        colours: of the curves.
        palette: the theme's.
        limit_px: longer names end in dots; 0 for no limit.
    """
    table = pd.DataFrame({"height": heights, "name": names, "colour": colours})
    base = alt.Chart(table).encode(x=alt.value("width"), y=alt.Y("height:Q", title=None))
    dash = base.mark_text(dx=6, fontSize=14, fontWeight=900, align="left", baseline="middle")
    words = base.mark_text(
        dx=24, fontSize=12, color=palette.ink, align="left", baseline="middle", limit=limit_px
    )
    return [
        dash.encode(text=alt.value("\N{EM DASH}"), color=alt.Color("colour:N", scale=None)),
        words.encode(text="name:N"),
    ]
