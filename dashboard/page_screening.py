"""The page of one screening: what its audience showed, and how far to trust it."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import charts, controls, notices, queries
from dashboard.access import Reader
from dashboard.charts_palette import palette_of
from dashboard.drawing import drawing
from dashboard.link import Link, read
from dashboard.notices import as_text, shown_errors
from dashboard.parts import stimulus
from dashboard.player import player
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES, Emotion
from moodtrace.metrics import excluded
from moodtrace.screening import State
from moodtrace.store import Store

REFRESH_S = 2
"""A running screening is read again after this time."""

STATES: dict[State, tuple[str, str]] = {
    "running": ("Running", "blue"),
    "finished": ("Finished", "green"),
    "interrupted": ("Interrupted", "orange"),
    "failed": ("Failed", "red"),
}


def render(store: Store, reader: Reader) -> None:
    """Draw the screening that the link names, or else the newest; the link is the state."""
    reader.require("screening")
    with shown_errors():
        screenings = store.screenings()
        if not screenings:
            notices.no_screenings()
            return
        link = controls.current()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = controls.choose_screening(screenings, link)
            controls.choose_baseline(link)
            controls.choose_band(link)
        running = chosen.state == "running"
        draw = st.fragment(_draw, run_every=REFRESH_S if running else None)
        draw(store, reader, chosen.id, refreshed=running)


def _draw(store: Store, reader: Reader, screening_id: str, *, refreshed: bool) -> None:
    """Draw one screening; runs again by itself while the screening does."""
    with shown_errors():
        link = read(st.query_params.to_dict()).link
        view = queries.read(store, screening_id, link.baseline)
        if refreshed and view.screening.state != "running":
            st.rerun()
        _header(view)
        for camera, source in view.screening.sources.items():
            if source.problem:
                notices.source_problem(camera, source)
        if not _says_why_empty(view):
            shown = link.emotions if link.emotions is not None else queries.telling(view)
            controls.choose_emotions(shown)
            if shown:
                _figures(view, shown)
                _player(view, shown, link, reader)
                _timeline(view, shown)
            else:
                notices.nothing_chosen()
        _ledger(view)
        _provenance(view)


def _header(view: queries.View) -> None:
    screening = view.screening
    word, colour = STATES[screening.state]
    st.title(as_text(screening.content), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(word, color=colour)  # type: ignore[arg-type]
        st.text(
            "  ·  ".join(
                (
                    screening.audience,
                    f"n = {max((row.usable for row in view.rows), default=0)}",
                    f"k = {screening.k}",
                    f"unit: {screening.unit}",
                    f"{playhead(len(view.document['seconds']))} of content",
                )
            )
        )
    if correction := queries.correction(view):
        st.caption(as_text(correction))
    if screening.state == "running":
        st.caption(f"Still running: this page refreshes itself every {REFRESH_S} s.")


def _says_why_empty(view: queries.View) -> bool:
    """Say why there is no curve to draw, if there is none."""
    screening = view.screening
    if not view.document["seconds"]:
        notices.no_rows(screening.state == "running")
    elif not view.rows:
        gaps, suppressed = (queries.count(view, status) for status in ("gap", "suppressed"))
        notices.no_second_shown(gaps, suppressed, screening.k)
    elif not any(row.usable for row in view.rows):
        notices.no_faces(sum(row.faces for row in view.rows), excluded(view.rows))
    else:
        return False
    return True


def _figures(view: queries.View, emotions: Sequence[Emotion]) -> None:
    with st.container(horizontal=True):
        for figure in queries.figures(view, emotions):
            st.metric(
                figure.label,
                figure.value,
                figure.place,
                delta_color="off",
                delta_arrow="off",
                border=True,
            )


def _player(view: queries.View, emotions: Sequence[Emotion], link: Link, reader: Reader) -> None:
    """Draw the content beside its trace; what people do there goes into the link."""
    length = len(view.document["seconds"])
    highlighted = queries.ranked(view, emotions)[: queries.HIGHLIGHTED]
    player(
        drawing(
            view,
            emotions,
            highlighted,
            queries.peaks_of(view, highlighted),
            [],
            palette_of(st.context.theme.type),
            within=(min(link.start, length - 1), min(link.end or length, length)),
            band=link.band,
        ),
        media=stimulus(view.screening.id) if reader.may("stimulus") else None,
        at=link.at,
        key=f"player-{view.screening.id}",
        stopped_at=lambda at: controls.change(at=at),
        drew=lambda start, end: controls.change(start=start, end=end),
    )
    if link.start or link.end:
        st.button("Show the whole content", on_click=partial(controls.change, start=0, end=None))


def _timeline(view: queries.View, emotions: Sequence[Emotion]) -> None:
    table = queries.seconds(view)
    highlighted = queries.ranked(view, emotions)[: queries.HIGHLIGHTED]
    traces = charts.Traces(
        seconds=table,
        curves=queries.traces(table, emotions),
        veils=queries.veils(table),
        peaks=queries.peaks_of(view, highlighted),
        emotions=emotions,
        highlighted=highlighted,
        unit=view.screening.unit,
    )
    st.altair_chart(
        charts.timeline(traces, palette_of(st.context.theme.type)),
        width="stretch",
        key="timeline",
        alt=queries.description(view, emotions),
    )
    _key_to_the_veils(view)
    with st.expander("The same as a table"):
        _table(table, emotions)


def _key_to_the_veils(view: queries.View) -> None:
    gaps, suppressed = (queries.count(view, status) for status in ("gap", "suppressed"))
    words = [f"striped: no data ({gaps} s)"] * bool(gaps)
    words += [f"grey: {queries.withheld(view.screening.k)} ({suppressed} s)"] * bool(suppressed)
    if words:
        st.caption(as_text("; ".join(words).capitalize() + ". Point at a second for its reason."))


def _table(table: pd.DataFrame, emotions: Sequence[Emotion]) -> None:
    number = st.column_config.NumberColumn
    columns: dict[str, ColumnConfig | str | None] = {
        "time": "Time",
        **{f"share_{e}": number(EMOTION_NAMES[e], format="percent") for e in emotions},
        "viewers": "Viewers",
        "faces": number("Faces", help="Faces in all frames of the second"),
        "coverage": number("Coverage", format="percent"),
        "note": "Not shown because",
    }
    st.dataframe(
        table[list(columns)],
        column_config=columns,
        hide_index=True,
        placeholder=queries.NOTHING,
        key="table",
    )


def _ledger(view: queries.View) -> None:
    with st.expander("What became of each camera's frames"):
        st.dataframe(queries.ledger_table(view), hide_index=True, key="ledger")


def _provenance(view: queries.View) -> None:
    screening, hashes = view.screening, view.document["provenance"]
    parts = (
        f"detector {screening.detector}",
        f"emotion model {screening.emotion_model}",
        f"age model {screening.age_model or 'none'}",
        f"{screening.fps:g} frames/s",
        f"unit {screening.unit}",
        f"coverage {queries.percent(queries.covered(view))}",
        f"k = {screening.k}",
        f"config {hashes['config_sha256'][:8]}",
        f"content {hashes['content_sha256'][:8]}",
        f"moodtrace {screening.run.version}",
    )
    st.caption(as_text(" · ".join(parts)) + ".  \n**Inferred expression, not felt emotion.**")
