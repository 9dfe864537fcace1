"""The trace of a screening with its figures: tiles, the player, and the same as a picture."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from dashboard import charts, controls, notices, queries, queries_seconds
from dashboard.charts import Traces
from dashboard.charts_palette import palette_of
from dashboard.downloads import Downloads
from dashboard.drawing import drawing
from dashboard.link import Link
from dashboard.notices import as_text
from dashboard.player import player
from dashboard.queries_figures import Figure
from dashboard.queries_strip import strip
from dashboard.words import withheld
from moodtrace.errors import UsageError
from moodtrace.markers import Marker, parse_markers
from moodtrace.screening import Screening
from moodtrace.selection import Segment

TILE_PX: Final = 148
"""Five beside each other on a laptop, two on a telephone."""


def markers_of(screening: Screening) -> list[Marker]:
    """Return the scenes and moments of the content; say so if they make no sense."""
    try:
        return parse_markers(screening.markers)
    except UsageError as error:
        notices.unreadable_scenes(error)
        return []


def tiles(figures: Sequence[Figure]) -> None:
    """Draw the figures that say most, each over its interval."""
    with st.container(horizontal=True):
        for figure in figures:
            st.metric(
                figure.label,
                figure.value,
                figure.interval or None,
                delta_color="off",
                delta_arrow="off",
                delta_description=figure.place or None,
                width=TILE_PX,
            )


def play(
    view: queries.View,
    traces: Traces,
    segments: Mapping[str, Segment],
    link: Link,
    media: str | None,
) -> None:
    """Draw the content beside its trace; what people do there goes into the link."""
    alt = queries_seconds.description(view, traces.emotions, traces.smooth)
    player(
        drawing(
            traces,
            strip(segments, link.split, traces.highlighted[0], view.chosen.start),
            palette_of(st.context.theme.type),
            length=view.length,
            alt=alt,
        ),
        media=media,
        at=link.at,
        key=f"player-{view.screening.id}",
        stopped_at=lambda at: controls.change(at=at),
        drew=lambda start, end: controls.change(start=start, end=end),
    )
    if view.chosen.start or view.chosen.end:
        st.button("Show the whole content", on_click=partial(controls.change, start=0, end=None))
    _key_to_the_veils(view)
    if traces.smooth:
        st.caption("Curves are smoothed for the eye; peaks, figures and tables are as measured.")


def download(view: queries.View, traces: Traces, table: pd.DataFrame, downloads: Downloads) -> None:
    """Offer the trace as pictures, and its figures."""
    alt = queries_seconds.description(view, traces.emotions, traces.smooth)
    downloads.chart("trace", partial(charts.timeline, traces), table, alt)


def picture(view: queries.View, traces: Traces) -> None:
    """Draw the same as one picture, with viewers and coverage, for those who open it."""
    with st.expander(
        "One picture, with viewers and coverage", key="picture", on_change="rerun"
    ) as p:
        if p.open:
            st.altair_chart(
                charts.timeline(traces, palette_of(st.context.theme.type)),
                width="stretch",
                key="timeline",
                alt=queries_seconds.description(view, traces.emotions, traces.smooth),
            )


def _key_to_the_veils(view: queries.View) -> None:
    gaps, suppressed = (queries.count(view, status) for status in ("gap", "suppressed"))
    why = withheld(view.screening.k, chosen=queries.is_part(view))
    words = [f"striped: no data ({gaps} s)"] * bool(gaps)
    words += [f"grey: {why} ({suppressed} s)"] * bool(suppressed)
    if words:
        st.caption(as_text("; ".join(words).capitalize() + "."))
