"""How far to trust the data of a screening: a grade with its reasons, and what was lost where."""

from typing import Final

import pandas as pd
import streamlit as st

from dashboard import charts_quality, controls, notices
from dashboard.access import Reader
from dashboard.charts_palette import Palette, palette_of
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
NO_REFERENCE: Final = (
    "The model's card does not say which faces it is known to be good on, so it can't be said "
    "whether these are of another kind. The histograms below show what they are."
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
        view = read(store, chosen.id)
        palette = palette_of(st.context.theme.type)
        _grade(view)
        if not view.rows:
            notices.no_rows(view.screening.state == "running")
            return
        _figures(view)
        _coverage(view, palette)
        _lost(view, palette)
        _histograms(view, palette)
        _versions(view)


def _grade(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Grade {view.quality.grade}", anchor=False)
        st.badge(
            {"A": "Very good", "B": "Good", "C": "With care", "D": "Poor"}[view.quality.grade],
            color=COLOURS[view.quality.grade],  # type: ignore[arg-type]
        )
        st.badge(
            "Model drift: no reference",
            color="gray",
            icon=":material/help:",
            help=NO_REFERENCE,
        )
    st.dataframe(
        parts(view.quality),
        hide_index=True,
        key="parts",
        column_config={
            "part": "What",
            "grade": "Grade",
            "words": st.column_config.TextColumn("Why", width="large"),
            "try": st.column_config.TextColumn("What to do", width="large"),
        },
    )
    st.caption("The grade is that of the worst part.")


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


def _coverage(view: View, palette: Palette) -> None:
    st.header("Coverage", anchor=False)
    cells = coverage_map(view)
    st.altair_chart(charts_quality.coverage_map(cells, palette), key="coverage", alt=lowest(cells))
    with st.expander("The same as a table"):
        st.dataframe(
            cells[["camera", "time", "coverage", "note"]],
            hide_index=True,
            key="coverage-table",
            placeholder=NOTHING,
            column_config={
                "camera": "Camera",
                "time": "Time",
                "coverage": st.column_config.NumberColumn("Coverage", format="percent"),
                "note": "Not shown because",
            },
        )


def _lost(view: View, palette: Palette) -> None:
    for heading, table, key in (
        ("What became of frames", frames_table(view.ledger), "frames"),
        ("Who could be scored", viewers_table(view), "viewers"),
    ):
        st.header(heading, anchor=False)
        if table.empty:
            st.text("Nothing is known.")
            continue
        st.altair_chart(
            charts_quality.stacked(table, palette), key=key, alt=outcomes(heading, table)
        )
        with st.expander("The same as a table"):
            st.dataframe(
                table,
                hide_index=True,
                key=f"{key}-table",
                column_config={
                    "of": "",
                    "outcome": "Outcome",
                    "count": "Number",
                    "share": st.column_config.NumberColumn("Share", format="percent"),
                },
            )


def _histograms(view: View, palette: Palette) -> None:
    measured = {name: h for name, h in view.histograms.items() if sum(h.counts)}
    st.header("How well faces could be read", anchor=False)
    if not measured:
        st.text("No face was measured in a second that may be shown.")
        return
    names = list(measured)
    for start in range(0, len(names), COLUMNS):
        for column, name in zip(st.columns(COLUMNS), names[start:][:COLUMNS], strict=False):
            with column:
                st.markdown(f"**{as_text(NAMES[name].capitalize())}**")
                table = histogram_table(measured[name])
                st.altair_chart(
                    charts_quality.bins(table, palette),
                    key=f"histogram-{name}",
                    alt=described(name, measured[name]),
                )
    with st.expander("The same as a table"):
        tables = {NAMES[name]: histogram_table(found) for name, found in measured.items()}
        st.dataframe(
            pd.concat(tables, names=["measure"]).reset_index(level=0),
            hide_index=True,
            key="histograms-table",
            column_config={"measure": "Measure", "bin": "From, to", "count": "Viewer-seconds"},
        )


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
