"""The trace of a screening with its figures: tiles, the player, and the same as a picture."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from dashboard import charts, controls, known, notices, queries, queries_seconds
from dashboard.charts import Traces, heading
from dashboard.charts_palette import palette_of
from dashboard.downloads import Downloads
from dashboard.drawing import drawing
from dashboard.first_look import LONG_S, strip_of, traces_of
from dashboard.known import Key
from dashboard.link import Link
from dashboard.notices import as_text
from dashboard.player import player
from dashboard.queries_figures import Figure
from dashboard.queries_strip import strip
from dashboard.words import withheld
from moodtrace.errors import UsageError
from moodtrace.labels import Emotion
from moodtrace.markers import Marker, parse_markers
from moodtrace.rollup import Bucket
from moodtrace.screening import Screening
from moodtrace.selection import Segment

TILE_PX: Final = 148
"""Five beside each other on a laptop, two on a telephone."""
HAS_DRAWN: Final = "has_drawn"
"""Where a session remembers that its browser has drawn a trace of long content."""
HEAD_START_S: Final = 0.4
"""Measured: less helps less, more does not help."""


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
    key: Key,
    traces: Traces,
    segments: Mapping[str, Segment],
    link: Link,
    media: str | None,
) -> None:
    """Draw the content beside its trace; what people do there goes into the link."""

    def draw() -> Mapping[str, Any]:
        alt = queries_seconds.description(view, traces.emotions, traces.smooth)
        below = strip(segments, link.split, traces.highlighted[0], view.chosen.start)
        return _drawing(traces, below, view.length, alt)

    how = (traces.emotions, link.band, traces.smooth, link.split, st.context.theme.type)
    _player(view.screening, known.drawing(key, *how, draw), link, media)
    if view.chosen.start or view.chosen.end:
        st.button("Show the whole content", on_click=partial(controls.change, start=0, end=None))
    _key_to_the_veils(view)
    if traces.smooth:
        st.caption("Curves are smoothed for the eye; peaks, figures and tables are as measured.")


def first_look(
    screening: Screening,
    length: int,
    buckets: Sequence[Bucket],
    emotions: Sequence[Emotion],
    markers: Sequence[Marker],
    link: Link,
    media: str | None,
) -> None:
    """Draw the same of buckets, while seconds are read."""
    traces = traces_of(screening, buckets, emotions, markers, band=link.band)
    below = strip_of(buckets, link.split, traces.highlighted[0])
    alt = f"{heading(traces)}. Every second of it is being read."
    _player(screening, _drawing(traces, below, length, alt), link, media)
    st.caption("Every second of it is being read…")
    st.session_state[HAS_DRAWN] = True


def head_start(length: int) -> None:
    """Let a browser that sees long content for the first time draw it, before it is sent more.

    What is below loads 2 MB of Streamlit's own scripts, and would be drawn at the same time.
    """
    if length >= LONG_S and not st.session_state.get(HAS_DRAWN):
        st.session_state[HAS_DRAWN] = True
        time.sleep(HEAD_START_S)


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


def _drawing(traces: Traces, below: Mapping[str, Any], length: int, alt: str) -> Mapping[str, Any]:
    return drawing(traces, below, palette_of(st.context.theme.type), length=length, alt=alt)


def _player(screening: Screening, drawn: Mapping[str, Any], link: Link, media: str | None) -> None:
    player(
        drawn,
        media=media,
        at=link.at,
        key=f"player-{screening.id}",
        stopped_at=lambda at: controls.change(at=at),
        drew=lambda start, end: controls.change(start=start, end=end),
    )


def _key_to_the_veils(view: queries.View) -> None:
    gaps, suppressed = (queries.count(view, status) for status in ("gap", "suppressed"))
    why = withheld(view.screening.k, chosen=queries.is_part(view))
    words = [f"striped: no data ({gaps} s)"] * bool(gaps)
    words += [f"grey: {why} ({suppressed} s)"] * bool(suppressed)
    if words:
        st.caption(as_text("; ".join(words).capitalize() + "."))
