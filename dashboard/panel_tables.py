"""The tables of a screening: peaks, scenes, segments, every second, and what became of frames."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.downloads import Downloads
from dashboard.queries_strip import BY
from dashboard.queries_tables import ledger_table
from dashboard.words import NOTHING
from moodtrace.labels import EMOTION_NAMES
from moodtrace.ledger import Ledger
from moodtrace.screening import Screening
from moodtrace.selection import Split

Columns = Mapping[str, ColumnConfig | str | None]

PERCENT = "%.0f%%"

_number = st.column_config.NumberColumn
_SHARE: Columns = {
    "emotion": "Emotion",
    "interval": "95 % interval",
    "n": _number("Viewers", help="Who take part in the figure"),
}


def found(
    peaks: pd.DataFrame,
    scenes: pd.DataFrame,
    segments: pd.DataFrame,
    split: Split,
    downloads: Downloads,
) -> None:
    """Draw what was found: when, in which scene, and of whom."""
    of_peaks, of_scenes, of_segments = st.tabs(["Peaks", "Scenes", "Segments"])
    with of_peaks:
        columns: Columns = {"at": "At", "share": _number("Share", format=PERCENT), **_SHARE}
        _table(peaks, columns, "peaks", "No emotion rises by ten points or more.", downloads)
    with of_scenes:
        columns = {
            "scene": "Scene",
            "from": "From",
            "to": "To",
            "average": _number("Average", format=PERCENT),
            "change": _number("Change, points", format="%+.0f"),
            "change_interval": "95 % interval of it",
            **_SHARE,
        }
        _table(scenes, columns, "scenes", "No scenes: name them with `--markers`.", downloads)
        if len(scenes):
            st.caption("Change: from as long before the scene to as long after it.")
    with of_segments:
        columns = {
            "segment": BY[split].capitalize(),
            "average": _number("Average", format=PERCENT),
            **_SHARE,
        }
        _table(segments, columns, "segments", "Nobody was seen.", downloads)
        st.caption("Of all viewers, whoever is chosen above.")


def every_second(table: pd.DataFrame, emotions: Sequence[str], downloads: Downloads) -> None:
    """Draw the seconds as a table, for those who open it."""
    columns: Columns = {
        "time": "Time",
        **{f"share_{e}": _number(EMOTION_NAMES[e], format="percent") for e in emotions},
        "viewers": "Viewers",
        "faces": _number("Faces", help="Faces in all frames of the second"),
        "coverage": _number("Coverage", format="percent"),
        "note": "Not shown because",
    }
    with st.expander("Every second as a table", key="seconds", on_change="rerun") as part:
        if part.open:
            _table(table[list(columns)], columns, "table", "", downloads)


def ledger(screening: Screening, counts: Ledger, downloads: Downloads) -> None:
    """Draw what became of each camera's frames, for those who open it."""
    with st.expander("What became of each camera's frames"):
        _table(ledger_table(screening, counts), {}, "ledger", "", downloads)


def _table(
    table: pd.DataFrame, columns: Columns, key: str, if_empty: str, downloads: Downloads
) -> None:
    if table.empty:
        st.caption(if_empty)
        return
    st.dataframe(
        table,
        column_config=dict(columns),
        hide_index=True,
        placeholder=NOTHING,
        key=key,
        alt=f"Table of {key}, {len(table)} lines",
    )
    downloads.table(key, table)
