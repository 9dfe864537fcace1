"""What is being shown right now: its last minutes, who is in view, and whether cameras work."""

import time
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import charts_live, notices, offered
from dashboard.access import Reader
from dashboard.downloads import Downloads
from dashboard.notices import as_text, in_badge, shown_errors
from dashboard.queries_cameras import STATE_WORDS
from dashboard.queries_live import (
    REFRESH_S,
    STALE_S,
    TAIL_S,
    Moment,
    breaks,
    described,
    moment,
    points,
    running,
    strongest,
    tail,
)
from dashboard.words import gap_reason, percent, signed
from moodtrace.clock import playhead, wall_ms
from moodtrace.labels import EMOTION_NAMES, Emotion
from moodtrace.metrics import share, valence
from moodtrace.screening import Screening
from moodtrace.store import Store
from moodtrace.timeline import Row

WAITING_S = 5
"""How often it is looked whether anything is shown."""
GREW = "live_grew"
"""In the session: which screening, how far it was, and when that was first seen."""


def render(store: Store, reader: Reader) -> None:
    """Draw what runs, or wait for it."""
    reader.require("live")
    st.title("Live", anchor=False)
    with shown_errors():
        shown = running(store)
        if not shown:
            notices.nothing_runs()
            st.fragment(_wait, run_every=WAITING_S)(store)
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = _choose(shown)
            is_paused = st.toggle("Pause this page", key="live_paused")
        draw = st.fragment(_draw, run_every=None if is_paused else REFRESH_S)
        draw(store, Downloads(reader, chosen), is_paused=is_paused)


def _choose(shown: list[Screening]) -> str:
    names = {screening.id: f"{screening.content} · {screening.audience}" for screening in shown}
    said = st.query_params.get("screening", "")
    at = list(names).index(said) if said in names else 0
    return st.selectbox("Shown now", list(names), at, format_func=names.__getitem__, width=400)


def _wait(store: Store) -> None:
    """Look whether something is shown by now."""
    with shown_errors():
        if running(store):
            st.rerun()


def _draw(store: Store, downloads: Downloads, *, is_paused: bool) -> None:
    """Draw the tail of one screening; runs again by itself unless the page is paused."""
    with shown_errors():
        now = moment(store, downloads.name, wall_ms())
        _status(now, is_paused=is_paused)
        _cameras(now)
        if not now.rows:
            notices.no_rows(running=True)
        elif now.rows[-1].gap:
            notices.no_picture_now(gap_reason(now.rows[-1].gap))
        elif now.shown is None:
            notices.audience_too_small(now.screening.k)
        elif not now.shown.viewers:
            notices.nobody_in_view()
        else:
            _curves(now, now.shown, downloads)


def _status(now: Moment, *, is_paused: bool) -> None:
    is_over = now.screening.state != "running"
    stands = now.screening.live and now.behind_s is None and not is_over
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_over:
            st.badge("Over", color="gray", icon=":material/stop_circle:")
        elif stands:
            st.badge("Content paused", color="orange", icon=":material/pause_circle:")
        else:
            st.badge("Running", color="green", icon=":material/play_circle:")
        st.subheader(as_text(now.screening.content), anchor=False)
        st.text(
            f"{playhead(now.end)}  ·  k = {now.screening.k}  ·  viewing {now.screening.viewing}"
        )
    if is_paused:
        st.caption("This page is paused; what is shown goes on.")
        return
    silent_s = _silent_s(now)
    if not is_over and not stands and silent_s > STALE_S:
        notices.stale(silent_s)


def _silent_s(now: Moment) -> float:
    """Return how long no row has come: behind the content, or else since this page saw one."""
    grew = st.session_state.get(GREW)
    if grew is None or grew[:2] != (now.screening.id, now.end):
        grew = (now.screening.id, now.end, time.monotonic())
        st.session_state[GREW] = grew
    return time.monotonic() - grew[2] if now.behind_s is None else now.behind_s


def _cameras(now: Moment) -> None:
    with st.container(horizontal=True):
        for name in now.screening.cameras:
            status = now.statuses.get(name)
            if status is None:
                st.badge(in_badge(name), color="gray", icon=":material/movie:")
            else:
                words = STATE_WORDS[status.state]
                st.badge(in_badge(f"{name}: {words.text}"), color=words.colour, icon=words.icon)


def _curves(now: Moment, newest: Row, downloads: Downloads) -> None:
    table = tail(now)
    emotions = strongest(table)
    _figures(newest, emotions)
    within = (max(0, now.end - TAIL_S), now.end)
    alt = described(now, table, emotions)
    of = f"{now.screening.content}, {playhead(within[0])} to {playhead(now.end)}"
    offered.chart(
        "valence",
        partial(charts_live.valence, points(table, ["valence"]), within),
        table[["second", "time", "valence", "note"]],
        downloads,
        title="Valence, from unpleasant (-1) to pleasant (+1)",
        below=of,
        alt=alt,
    )
    curves = points(table.rename(columns={f"share_{e}": e for e in emotions}), emotions)
    shares = [f"share_{e}" for e in emotions]
    offered.chart(
        "shares",
        partial(charts_live.shares, curves, emotions, within),
        table[["second", "time", *shares, "note"]],
        downloads,
        title="Share of viewers showing each emotion",
        below=of,
        alt=alt,
    )
    if said := breaks(table, now.screening.k):
        st.caption(as_text(f"Not drawn: {said}."))
    with st.expander("The same as a table"):
        _table(table, emotions, downloads)
    st.caption("**Inferred expression, not felt emotion.**")


def _figures(newest: Row, emotions: list[Emotion]) -> None:
    with st.container(horizontal=True):
        st.metric("In view", newest.viewers, border=True)
        st.metric("Usable", newest.usable, border=True)
        st.metric("Valence", signed(valence(newest)), border=True)
        for emotion in emotions:
            st.metric(EMOTION_NAMES[emotion], percent(share(newest, emotion)), border=True)


def _table(table: pd.DataFrame, emotions: list[Emotion], downloads: Downloads) -> None:
    number = st.column_config.NumberColumn
    columns: offered.Columns = {
        "time": "Time",
        "viewers": "Viewers",
        "valence": number("Valence", format="%+.2f"),
        **{f"share_{e}": number(EMOTION_NAMES[e], format="percent") for e in emotions},
        "note": "Not shown because",
    }
    offered.table("tail", table[list(columns)].iloc[::-1], columns, downloads)
