"""How far to trust the data of a screening: a grade with its reasons, and what was lost where."""

from functools import partial
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import charts_quality, controls, notices, offered, panel_drift
from dashboard.access import Reader
from dashboard.downloads import Downloads
from dashboard.notices import as_text, shown_errors
from dashboard.queries_quality import (
    COLOURS,
    View,
    coverage_map,
    described,
    frames_table,
    histogram_table,
    late_share,
    lowest,
    outcomes,
    parts,
    read,
    suppressed_share,
    viewers_table,
)
from dashboard.words import NOTHING, percent
from moodtrace.quality import NAMES
from moodtrace.store import Store

COLUMNS: Final = 4
APART: Final = (
    "Known while it is shown, and of cameras that tell the time of capture: how far arrival less "
    "capture differs between them."
)


def render(store: Store, reader: Reader) -> None:
    """Draw the screening that the link names, or else the newest."""
    reader.require("quality")
    st.title("Data quality", anchor=False)
    with shown_errors():
        screenings = store.screenings()
        if not screenings:
            notices.no_screenings()
            return
        chosen = controls.choose_screening(screenings, controls.current())
        view, downloads = read(store, chosen.id), Downloads(reader, chosen.id)
        badge = _grade(view, downloads)
        if not view.rows:
            notices.no_rows(view.screening.state == "running")
            return
        _figures(view)
        _coverage(view, downloads)
        _lost(view, downloads)
        _histograms(view, downloads)
        with st.spinner("Reading earlier screenings …"):
            drift = panel_drift.read(store, view.screening, view.rows, screenings)
        panel_drift.badge(drift, badge)
        panel_drift.measures(drift, downloads)
        _versions(view)


def _grade(view: View, downloads: Downloads) -> DeltaGenerator:
    """Draw the grade with its parts; return the place beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Grade {view.quality.grade}", anchor=False)
        st.badge(
            {"A": "Very good", "B": "Good", "C": "With care", "D": "Poor"}[view.quality.grade],
            color=COLOURS[view.quality.grade],  # type: ignore[arg-type]
        )
        beside = st.empty()
    columns: offered.Columns = {
        "part": "What",
        "grade": "Grade",
        "words": st.column_config.TextColumn("Why", width="large"),
        "try": st.column_config.TextColumn("What to do", width="large"),
    }
    offered.table("parts", parts(view.quality), columns, downloads)
    st.caption("The grade is that of the worst part.")
    return beside


def _figures(view: View) -> None:
    k = view.screening.k
    sync = NOTHING if view.sync_ms is None else f"{view.sync_ms} ms"
    tiles = (
        ("Withheld seconds", percent(suppressed_share(view)), f"under {k} viewers", None),
        ("Late frames", percent(late_share(view.ledger)), "of those captured", None),
        ("Clocks apart", sync, "of its cameras", APART),
    )
    with st.container(horizontal=True):
        for label, value, of, words in tiles:
            st.metric(
                label, value, of, delta_color="off", delta_arrow="off", border=True, help=words
            )


def _coverage(view: View, downloads: Downloads) -> None:
    st.header("Coverage", anchor=False)
    cells = coverage_map(view)
    figures = cells[["camera", "time", "coverage", "note"]]
    offered.chart(
        "coverage",
        partial(charts_quality.coverage_map, cells),
        figures,
        downloads,
        title="Usable viewers of those seen",
        below=view.screening.id,
        alt=lowest(cells),
    )
    with st.expander("The same as a table"):
        columns: offered.Columns = {
            "camera": "Camera",
            "time": "Time",
            "coverage": st.column_config.NumberColumn("Coverage", format="percent"),
            "note": "Not shown because",
        }
        offered.table("coverage-table", figures, columns, downloads)


def _lost(view: View, downloads: Downloads) -> None:
    for heading, title, table, key in (
        ("What became of frames", "Frames, by outcome", frames_table(view.ledger), "frames"),
        ("Who could be scored", "Viewer-seconds, by outcome", viewers_table(view), "viewers"),
    ):
        st.header(heading, anchor=False)
        if table.empty:
            st.text("Nothing is known.")
            continue
        offered.chart(
            key,
            partial(charts_quality.stacked, table),
            table,
            downloads,
            title=title,
            below=view.screening.id,
            alt=outcomes(heading, table),
        )
        with st.expander("The same as a table"):
            columns: offered.Columns = {
                "of": "",
                "outcome": "Outcome",
                "count": "Number",
                "share": st.column_config.NumberColumn("Share", format="percent"),
            }
            offered.table(f"{key}-table", table, columns, downloads)


def _histograms(view: View, downloads: Downloads) -> None:
    measured = {name: h for name, h in view.histograms.items() if sum(h.counts)}
    st.header("How well faces could be read", anchor=False)
    if not measured:
        st.text("No face was measured in a second that may be shown.")
        return
    names = list(measured)
    for start in range(0, len(names), COLUMNS):
        for column, name in zip(st.columns(COLUMNS), names[start:][:COLUMNS], strict=False):
            with column:
                table = histogram_table(measured[name])
                offered.chart(
                    f"histogram-{name}",
                    partial(charts_quality.bins, table),
                    table,
                    downloads,
                    title=NAMES[name].capitalize(),
                    below=view.screening.id,
                    alt=described(name, measured[name]),
                )
    with st.expander("The same as a table"):
        tables = {NAMES[name]: histogram_table(found) for name, found in measured.items()}
        columns: offered.Columns = {
            "measure": "Measure",
            "bin": "From, to",
            "count": "Viewer-seconds",
        }
        together = pd.concat(tables, names=["measure"]).reset_index(level=0)
        offered.table("histograms-table", together, columns, downloads)


def _versions(view: View) -> None:
    screening = view.screening
    said = (
        f"detector {screening.detector}",
        f"emotion model {screening.emotion_model}",
        f"age model {screening.age_model or 'none'}",
        f"k = {screening.k}",
        f"moodtrace {screening.run.version}",
    )
    st.caption(as_text(" · ".join(said)))
