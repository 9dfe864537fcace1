"""Charts of how good data are, from data frames; pure functions that know nothing of pages."""

from typing import Final

import altair as alt
import pandas as pd

from dashboard.charts_axes import playhead_label
from dashboard.charts_layout import ticks
from dashboard.charts_palette import Palette
from dashboard.charts_parts import Chart, framed

ROW_PX: Final = 26
BINS_PX: Final = 120
GOOD: Final = ("analysed", "usable")
"""Outcomes that nobody has to look at."""


def coverage_map(cells: pd.DataFrame, palette: Palette) -> Chart:
    """Draw usable / seen viewers by camera and time; what is not told is grey.

    Args:
        cells: as `queries_quality.coverage_map` gives them.
        palette: of the theme.
    """
    length = int(cells["end"].max())
    base = alt.Chart(cells).encode(
        x=alt.X(
            "start:Q",
            title=None,
            scale=alt.Scale(domain=[0, length], nice=False),
            axis=alt.Axis(
                values=ticks(length),
                labelExpr=playhead_label(length),
                grid=False,
                labelColor=palette.quiet,
            ),
        ),
        x2="end:Q",
        y=alt.Y("camera:N", title=None, sort=None, axis=_plain(palette)),
        tooltip=[
            alt.Tooltip("camera:N", title="Camera"),
            alt.Tooltip("time:N", title="Time"),
            alt.Tooltip("coverage:Q", title="Coverage", format=".0%"),
            alt.Tooltip("note:N", title="Not shown because"),
        ],
    )
    told = alt.datum.coverage != None  # noqa: E711 (an expression of Vega)
    chart = alt.layer(
        base.transform_filter(~told).mark_rect(color=palette.veil),
        base.transform_filter(told)
        .mark_rect()
        .encode(
            color=alt.Color(
                "coverage:Q",
                scale=alt.Scale(scheme="cividis", domain=[0, 1]),
                legend=alt.Legend(
                    title="Coverage", format=".0%", orient="top", labelColor=palette.quiet
                ),
            )
        ),
    )
    return framed(chart, ROW_PX * cells["camera"].nunique())


def stacked(table: pd.DataFrame, palette: Palette) -> Chart:
    """Draw each bar to 100 %, a part for each outcome; those that are lost come first.

    Args:
        table: `of`, `outcome`, `count`, `share`.
        palette: of the theme.
    """
    lost = [outcome for outcome in dict.fromkeys(table["outcome"]) if outcome not in GOOD]
    kept = [outcome for outcome in GOOD if outcome in set(table["outcome"])]
    colours = list(palette.emotions.values())
    order = {outcome: place for place, outcome in enumerate([*lost, *kept])}
    chart = (
        alt.Chart(table.assign(place=table["outcome"].map(order)))
        .mark_bar(stroke=palette.background, strokeWidth=1)
        .encode(
            x=alt.X(
                "share:Q",
                title=None,
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", grid=False, labelColor=palette.quiet),
            ),
            y=alt.Y("of:N", title=None, sort=None, axis=_plain(palette)),
            order="place:Q",
            color=alt.Color(
                "outcome:N",
                scale=alt.Scale(
                    domain=[*lost, *kept],
                    range=[
                        *(colours[place % len(colours)] for place in range(len(lost))),
                        *(palette.counts for _ in kept),
                    ],
                ),
                legend=alt.Legend(
                    title=None, orient="top", columns=2, labelLimit=220, labelColor=palette.ink
                ),
            ),
            tooltip=[
                alt.Tooltip("of:N", title=" "),
                alt.Tooltip("outcome:N", title="Outcome"),
                alt.Tooltip("count:Q", title="Number"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        )
    )
    return framed(chart, ROW_PX * table["of"].nunique())


def bins(table: pd.DataFrame, palette: Palette) -> Chart:
    """Draw a histogram, one bar for each of its bins.

    Args:
        table: `bin` and `count`, in order.
        palette: of the theme.
    """
    chart = (
        alt.Chart(table)
        .mark_bar(color=palette.counts)
        .encode(
            x=alt.X(
                "bin:N",
                title=None,
                sort=None,
                axis=alt.Axis(
                    labelAngle=-60, labelOverlap=True, labelColor=palette.quiet, ticks=False
                ),
            ),
            y=alt.Y("count:Q", title=None, axis=None),
            tooltip=[
                alt.Tooltip("bin:N", title="From, to"),
                alt.Tooltip("count:Q", title="Viewer-seconds"),
            ],
        )
    )
    return framed(chart, BINS_PX)


def _plain(palette: Palette) -> alt.Axis:
    return alt.Axis(domain=False, ticks=False, labelColor=palette.ink, labelLimit=140)
