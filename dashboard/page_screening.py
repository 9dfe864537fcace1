"""The page of one screening: what its audience showed, of whom, and how far to trust it."""

from collections.abc import Sequence

import streamlit as st
from msgspec.structs import replace
from streamlit.delta_generator import DeltaGenerator

from dashboard import (
    controls,
    first_look,
    known,
    notices,
    panel_choices,
    panel_tables,
    panel_trace,
    queries,
    queries_seconds,
)
from dashboard.access import Reader
from dashboard.downloads import Downloads
from dashboard.known import Key
from dashboard.link import Link, read
from dashboard.manifest import manifest_of
from dashboard.notices import as_text, shown_errors
from dashboard.parts import stimulus
from dashboard.queries_norms import candidates, has_norm, said
from dashboard.words import percent
from moodtrace.clock import playhead
from moodtrace.labels import Emotion
from moodtrace.metrics import abstention, excluded
from moodtrace.norms import Norms, norms
from moodtrace.screening import Screening, State
from moodtrace.store import Store

LOOKED_AT = "looked_at"
"""Where a session remembers of what it had a first look last: of one thing never twice in a row."""
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
        chosen = controls.choose_screening(screenings, link)
        if link.screening != chosen.id:
            controls.change(screening=chosen.id)  # whoever gets the link sees the same one
        running = chosen.state == "running"
        draw = st.fragment(_draw, run_every=REFRESH_S if running else None)
        draw(store, reader, chosen.id, refreshed=running)


def _draw(store: Store, reader: Reader, screening_id: str, *, refreshed: bool) -> None:
    """Draw one screening; runs again by itself while the screening does.

    The trace goes out first, into its place; what has to be worked out for all else comes after.
    """
    with shown_errors():
        link = read(st.query_params.to_dict()).link
        screening = store.screening(screening_id)
        if refreshed and screening.state != "running":
            st.rerun()
        head, told = (st.container() for _ in range(2))
        for camera, source in screening.sources.items():
            if source.problem:
                notices.source_problem(camera, source)
        emotions_place, choices_place, export_place = (st.container() for _ in range(3))
        if _wants_first_look(store, screening, link):
            _first_look(store, reader, screening, link, head, emotions_place)
        whole = known.whole(store, screening, link.baseline)
        link = replace(link, split=panel_choices.split(whole, link))
        with told:
            chosen = panel_choices.chosen(whole, link)
        key = Key.of(screening, len(whole.stored), link.baseline, chosen)
        view = known.view(whole, key, chosen)
        with head:
            most = max((row.usable for row in view.rows), default=0)
            _header(screening, view.length, f"n = {most}")
            if correction := queries_seconds.correction(view):
                st.caption(as_text(correction))
            if screening.state == "running":
                st.caption(f"Still running: this page refreshes itself every {REFRESH_S} s.")
        downloads = Downloads(reader, screening_id)
        shown = link.emotions if link.emotions is not None else queries.telling(view)
        if not _says_why_empty(view):
            with emotions_place:
                controls.choose_emotions(shown)
            if shown:
                _trace(store, view, key, shown, link, downloads)
            else:
                notices.nothing_chosen()
        if whole.stored:
            with choices_place:
                panel_choices.choices(whole, link, chosen)
        with export_place:
            how = manifest_of(view, shown, band=link.band, smooth=link.smooth)
            downloads.screening(view, how)
        panel_tables.ledger(screening, store.ledger(screening_id), downloads)
        _provenance(view)


def _wants_first_look(store: Store, screening: Screening, link: Link) -> bool:
    """Say whether reading its seconds takes so long that there is time for a look at it before."""
    looked_at = st.session_state.get(LOOKED_AT) == screening.id
    if looked_at or known.is_read(screening) or not first_look.is_of(link):
        return False
    is_long = store.next_second(screening.id) >= first_look.LONG_S
    return is_long and store.is_rolled(screening.id, first_look.STEP_S)


def _first_look(
    store: Store,
    reader: Reader,
    screening: Screening,
    link: Link,
    head: DeltaGenerator,
    emotions_place: DeltaGenerator,
) -> None:
    """Draw the trace of buckets, work out what is drawn of seconds, and draw the page anew.

    All lies where it will lie then, so nothing is left over of it.
    """
    st.session_state[LOOKED_AT] = screening.id
    buckets = store.rollups(screening, first_look.STEP_S)
    if not buckets:
        return
    length = buckets[-1].start + buckets[-1].seconds
    with head:
        _header(screening, length)
    if any(bucket.usable_s for bucket in buckets):
        shown = link.emotions if link.emotions is not None else first_look.telling(buckets)
        with emotions_place:
            controls.choose_emotions(shown)
        if shown:
            markers = panel_trace.markers_of(screening)
            st.container()  # for the figures
            media = stimulus(screening.id) if reader.may("stimulus") else None
            panel_trace.first_look(screening, length, buckets, shown, markers, link, media)
    whole = known.whole(store, screening, link.baseline)
    split = panel_choices.split(whole, link)
    key = Key.of(screening, len(whole.stored), link.baseline, queries.EVERYBODY)
    known.segments(key, split, known.view(whole, key, queries.EVERYBODY))
    st.rerun()


def _header(screening: Screening, length: int, *more: str) -> None:
    word, colour = STATES[screening.state]
    st.title(as_text(screening.content), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(word, color=colour)  # type: ignore[arg-type]
        st.text(
            "  ·  ".join(
                (
                    screening.audience,
                    *more,
                    f"k = {screening.k}",
                    f"unit: {screening.unit}",
                    f"{playhead(length)} of content",
                )
            )
        )


def _says_why_empty(view: queries.View) -> bool:
    """Say why there is no curve to draw, if there is none."""
    screening = view.screening
    if not view.seconds:
        notices.no_rows(screening.state == "running")
    elif queries.is_part(view) and not any(row.usable for row in view.rows):
        notices.nothing_of_choice(screening.k)
    elif not view.rows:
        gaps, suppressed = (queries.count(view, status) for status in ("gap", "suppressed"))
        notices.no_second_shown(gaps, suppressed, screening.k)
    elif not any(row.usable for row in view.rows):
        notices.no_faces(sum(row.faces for row in view.rows), excluded(view.rows))
    else:
        return False
    return True


def _trace(
    store: Store,
    view: queries.View,
    key: Key,
    emotions: Sequence[Emotion],
    link: Link,
    downloads: Downloads,
) -> None:
    """Draw figures, the content beside its trace, and tables; what takes long comes last."""
    markers = panel_trace.markers_of(view.screening)
    traces = known.traces(key, emotions, link.band, link.smooth, view, markers)
    above = st.container()
    segments = known.segments(key, link.split, view)
    media = stimulus(view.screening.id) if downloads.reader.may("stimulus") else None
    panel_trace.play(view, key, traces, segments, link, media)
    panel_trace.head_start(view.length)
    panel_trace.download(view, traces, known.table(key, emotions, view), downloads)
    with above:
        figures = known.figures(key, emotions, view)
        panel_trace.tiles(figures)
        trust = st.container()
    panel_tables.found(
        known.peaks_table(key, traces.highlighted, view),
        known.scenes_table(key, traces.highlighted, view, markers),
        known.segments_table(key, link.split, traces.highlighted, segments, view.screening.k),
        link.split,
        downloads,
    )
    panel_trace.picture(view, traces)
    panel_tables.every_second(traces.seconds, emotions, downloads)
    with trust:
        norm = said(_norms(store, view.whole), figures) if has_norm(view) else ""
        st.caption(as_text(f"{known.viewers(key, view)}. {norm}"))


def _norms(store: Store, whole: queries.Whole) -> Norms:
    others = candidates(whole.screening, store.screenings())
    return norms(known.past_of(whole), [known.past(store, other) for other in others])


def _provenance(view: queries.View) -> None:
    screening = view.screening
    parts = (
        f"detector {screening.detector}",
        f"emotion model {screening.emotion_model}",
        f"age model {screening.age_model or 'none'}",
        f"{screening.fps:g} frames/s",
        f"unit {screening.unit}",
        f"coverage {percent(queries.covered(view))}",
        f"abstained {percent(abstention(view.rows))}",
        f"k = {screening.k}",
        f"config {screening.config_sha256[:8]}",
        f"content {view.whole.content_sha256[:8]}",
        f"moodtrace {screening.run.version}",
    )
    st.caption(as_text(" · ".join(parts)) + ".  \n**Inferred expression, not felt emotion.**")
