"""The page of one screening: what its audience showed, and how far to trust it."""

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import charts, notices, queries
from dashboard.access import Reader
from dashboard.charts_palette import palette_of
from dashboard.notices import as_text, shown_errors
from moodtrace.clock import playhead
from moodtrace.labels import BASELINES, EMOTION_NAMES, EMOTIONS, Baseline
from moodtrace.metrics import excluded
from moodtrace.screening import Screening, State
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
    with shown_errors():
        screenings = store.screenings()
        if not screenings:
            notices.no_screenings()
            return
        with st.container(horizontal=True):
            chosen, baseline = _chosen(screenings), _baseline()
        running = chosen.state == "running"
        draw = st.fragment(_draw, run_every=REFRESH_S if running else None)
        draw(store, chosen.id, baseline, refreshed=running)


def _chosen(screenings: list[Screening]) -> Screening:
    by_id = {screening.id: screening for screening in screenings}
    linked = st.query_params.get("screening")
    if linked is None:
        linked = st.query_params["screening"] = screenings[0].id
    elif linked not in by_id:
        notices.unknown_screening(linked)
    st.session_state["screening"] = linked if linked in by_id else screenings[0].id
    st.selectbox("Screening", list(by_id), key="screening", on_change=_link_screening, width=400)
    return by_id[st.session_state["screening"]]


def _link_screening() -> None:
    st.query_params["screening"] = st.session_state["screening"]


def _baseline() -> Baseline:
    """Let people choose what is taken off; the link holds it as `baseline=first`."""
    linked = st.query_params.get("baseline", "none")
    if linked not in BASELINES:
        notices.unknown_baseline(linked)
    st.session_state["baseline"] = linked if linked in BASELINES else "none"
    st.selectbox(
        "Baseline taken off",
        list(BASELINES),
        format_func=BASELINES.__getitem__,
        key="baseline",
        on_change=_link_baseline,
        width=220,
        help="What a viewer's face shows at rest, so that one that only looks sad is neutral.",
    )
    chosen: Baseline = st.session_state["baseline"]
    return chosen


def _link_baseline() -> None:
    st.query_params["baseline"] = st.session_state["baseline"]


def _draw(store: Store, screening_id: str, baseline: Baseline, *, refreshed: bool) -> None:
    """Draw one screening; runs again by itself while the screening does."""
    with shown_errors():
        view = queries.read(store, screening_id, baseline)
        if refreshed and view.screening.state != "running":
            st.rerun()
        _header(view)
        for camera, source in view.screening.sources.items():
            if source.problem:
                notices.source_problem(camera, source)
        if not _says_why_empty(view) and (emotions := _emotions(view)):
            _timeline(view, emotions)
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


def _emotions(view: queries.View) -> list[str]:
    """Let people choose emotions; the link holds them as `emotions=happy,sad`."""
    linked = st.query_params.get("emotions")
    names = [] if linked is None else [name for name in linked.split(",") if name]
    known = [emotion for emotion in EMOTIONS if emotion in names]
    if unknown := [name for name in names if name not in EMOTIONS]:
        notices.unknown_emotions(", ".join(unknown))
    untold = linked is None or (unknown and not known)
    st.session_state["emotions"] = queries.telling(view) if untold else known
    st.pills(
        "Emotions",
        EMOTIONS,
        selection_mode="multi",
        format_func=EMOTION_NAMES.__getitem__,
        key="emotions",
        on_change=_link_emotions,
    )
    chosen: list[str] = [emotion for emotion in EMOTIONS if emotion in st.session_state["emotions"]]
    if not chosen:
        notices.nothing_chosen()
    return chosen


def _link_emotions() -> None:
    st.query_params["emotions"] = ",".join(st.session_state["emotions"])


def _timeline(view: queries.View, emotions: list[str]) -> None:
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


def _table(table: pd.DataFrame, emotions: list[str]) -> None:
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
