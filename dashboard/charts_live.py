"""Charts of the last minutes, from data frames; pure functions that know nothing of pages."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from dashboard.charts_layout import share_top, ticks
from dashboard.charts_palette import DASHES, Palette
from moodtrace.labels import EMOTION_NAMES

HEIGHT_PX: Final = 150
SHARES_PX: Final = 220

Layers = alt.LayerChart | alt.FacetChart


def valence(points: pd.DataFrame, within: tuple[int, int], palette: Palette) -> Layers:
    """Draw one curve between unpleasant and pleasant.

    Args:
        points: as `queries_live.points` gives them.
        within: first second on the axis, and the one after the last.
        palette: of the theme.
    """
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=palette.quiet)
    curve = _curves(points, within, alt.Scale(domain=[-1, 1]), "+.1f", palette)
    return _styled(
        alt.layer(zero.encode(y="value:Q"), curve.mark_line(strokeWidth=2.5, color=palette.ink)),
        HEIGHT_PX,
    )


def shares(
    points: pd.DataFrame, emotions: Sequence[str], within: tuple[int, int], palette: Palette
) -> Layers:
    """Draw the share of viewers who show each emotion, named at the end of its curve."""
    top = share_top(points.rename(columns={"value": "share"}))
    base = _curves(points, within, alt.Scale(domain=[0, top]), ".0%", palette).encode(
        color=alt.Color(
            "curve:N",
            legend=None,
            scale=alt.Scale(domain=list(emotions), range=[palette.emotions[e] for e in emotions]),
        ),
        strokeDash=alt.StrokeDash(
            "curve:N",
            legend=None,
            scale=alt.Scale(domain=list(emotions), range=[DASHES[e] for e in emotions]),
        ),
    )
    last = points.loc[points.groupby("curve")["second"].idxmax()].assign(
        name=lambda table: table["curve"].map(EMOTION_NAMES)
    )
    names = (
        alt.Chart(last)
        .mark_text(align="right", dy=-8, fontSize=12, color=palette.ink)
        .encode(x="second:Q", y="value:Q", text="name:N")
    )
    return _styled(alt.layer(base.mark_line(strokeWidth=2.5), names), SHARES_PX)


def _curves(
    points: pd.DataFrame, within: tuple[int, int], scale: alt.Scale, form: str, palette: Palette
) -> alt.Chart:
    start, end = within
    places = [start + second for second in ticks(end - start)]
    chart: alt.Chart = alt.Chart(points).encode(
        x=alt.X(
            "second:Q",
            title=None,
            scale=alt.Scale(domain=[start, max(end - 1, start + 1)], nice=False, zero=False),
            axis=alt.Axis(
                values=places,
                labelExpr="floor(datum.value / 60) + ':' + format(datum.value % 60, '02d')",
                grid=False,
                domain=False,
                labelColor=palette.quiet,
                labelFontSize=12,
            ),
        ),
        y=alt.Y(
            "value:Q",
            title=None,
            scale=scale,
            axis=alt.Axis(
                format=form,
                tickCount=4,
                domain=False,
                ticks=False,
                gridColor=palette.grid,
                labelColor=palette.quiet,
                labelFontSize=12,
            ),
        ),
        detail="stretch:N",
    )
    return chart


def _styled(chart: Layers, height_px: int) -> Layers:
    styled: Layers = (
        chart.properties(height=height_px, background="transparent")
        .configure_view(strokeWidth=0)
        .configure_mark(aria=False)
    )
    return styled
