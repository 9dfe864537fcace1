"""Charts of the last minutes, from data frames; pure functions that know nothing of pages."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import pandas as pd

from dashboard.charts_axes import playhead_label, time_x, value_axis
from dashboard.charts_layout import NAME_PX, share_top, spread
from dashboard.charts_palette import DASHES, Palette
from dashboard.charts_parts import Chart, by_colour, by_dash, end_names, framed
from moodtrace.labels import EMOTION_NAMES

HEIGHT_PX: Final = 150
SHARES_PX: Final = 220


def valence(points: pd.DataFrame, within: tuple[int, int], palette: Palette) -> Chart:
    """Draw one curve between unpleasant and pleasant.

    Args:
        points: as `queries_live.points` gives them.
        within: first second on the axis, and the one after the last.
        palette: of the theme.
    """
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(color=palette.quiet)
    curve = _curves(points, within, alt.Scale(domain=[-1, 1]), "+.1f", palette)
    return framed(
        alt.layer(zero.encode(y="value:Q"), curve.mark_line(strokeWidth=2.5, color=palette.ink)),
        HEIGHT_PX,
    )


def shares(
    points: pd.DataFrame, emotions: Sequence[str], within: tuple[int, int], palette: Palette
) -> Chart:
    """Draw the share of viewers who show each emotion, named at the end of its curve."""
    top = share_top(points["value"])
    base = _curves(points, within, alt.Scale(domain=[0, top]), ".0%", palette).encode(
        color=by_colour("curve", emotions, [palette.emotions[e] for e in emotions]),
        strokeDash=by_dash("curve", emotions, [DASHES[e] for e in emotions]),
    )
    names = _names(points, emotions, top, palette)
    return framed(alt.layer(base.mark_line(strokeWidth=2.5), *names), SHARES_PX)


def _names(
    points: pd.DataFrame, emotions: Sequence[str], top: float, palette: Palette
) -> list[alt.Chart]:
    """Name each curve at the right edge, beside a dash in its colour."""
    last = points.groupby("curve")["value"].last()
    named = [e for e in emotions if e in last.index]
    places = spread([float(last[e]) for e in named], NAME_PX / SHARES_PX * top, top)
    colours = [palette.emotions[e] for e in named]
    return end_names([EMOTION_NAMES[e] for e in named], places, colours, palette)


def _curves(
    points: pd.DataFrame, within: tuple[int, int], scale: alt.Scale, form: str, palette: Palette
) -> alt.Chart:
    start, end = within
    chart: alt.Chart = alt.Chart(points).encode(
        x=time_x("second", start, end - start, playhead_label(end), palette),
        y=alt.Y("value:Q", scale=scale, axis=value_axis(form, palette)),
        detail="stretch:N",
    )
    return chart
