"""What is worked out once for all readers of a process, until a screening has more of it.

Each entry is kept by the record, how many seconds it has, and what is chosen of them, so nothing
here is ever out of date; the argument with an underscore is only what to work it out from.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple

import msgspec
import pandas as pd
import streamlit as st

from dashboard import curves, queries, queries_figures, queries_tables
from dashboard.charts import Traces
from moodtrace import norms
from moodtrace.labels import Baseline, Emotion
from moodtrace.markers import Marker
from moodtrace.norms import Past
from moodtrace.screening import Screening
from moodtrace.selection import Segment, Selection, Split
from moodtrace.store import Store
from moodtrace.timeline import Row

KEPT: Final = 8
"""Rows of two hours with a full hall take some hundred megabytes."""
KEPT_FIGURES: Final = 200
KEPT_PAST: Final = 2000
"""A few dozen numbers each, which took all rows of a screening to find."""
LIFE: Final = "30m"
"""So long rows, and tables of what is chosen of them, are held for the next reader."""


class Key(NamedTuple):
    """By what something is known."""

    record: bytes
    seconds: int
    baseline: Baseline
    chosen: bytes

    @classmethod
    def of(cls, screening: Screening, seconds: int, baseline: Baseline, chosen: Selection) -> "Key":
        """Make the key of a view."""
        encode = msgspec.json.encode
        return cls(encode(screening), seconds, baseline, encode(chosen))


class Stored:
    """The rows of one screening; those that come while it runs are added to those that are known.

    Threads of several readers may ask at once.
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._lock = Lock()

    @property
    def is_read(self) -> bool:
        """Whether any is known."""
        return bool(self._rows)

    def upto(self, store: Store, screening_id: str) -> Sequence[Row]:
        """Return all that are written by now; raises as `Store.rows`."""
        with self._lock:
            start = self._rows[-1].second + 1 if self._rows else 0
            self._rows += store.rows(screening_id, start)
            return self._rows.copy()


def whole(store: Store, screening: Screening, baseline: Baseline) -> queries.Whole:
    """Return all of a screening; raises as `queries.whole`."""
    record = msgspec.json.encode(screening)
    return _whole(record, store.next_second(screening.id), baseline, store, screening)


def is_read(screening: Screening) -> bool:
    """Say whether seconds of a screening are known."""
    return _stored(msgspec.json.encode(screening)).is_read


def view(of: queries.Whole, key: Key, chosen: Selection) -> queries.View:
    """Return what is chosen of a screening; raises as `queries.view`."""
    return _view(key, of, chosen)


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def traces(
    key: Key,
    emotions: Sequence[Emotion],
    band: bool,
    smooth: int,
    _view: queries.View,
    _markers: Sequence[Marker],
) -> Traces:
    """Return what is drawn over time; nobody may change it."""
    return curves.traces_of(_view, emotions, _markers, band=band, smooth=smooth)


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def drawing(
    key: Key,
    emotions: Sequence[str],
    band: bool,
    smooth: int,
    split: Split,
    theme: str | None,
    _draw: Callable[[], Mapping[str, Any]],
) -> Mapping[str, Any]:
    """Return what the player draws; nobody may change it."""
    return _draw()


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def table(key: Key, emotions: Sequence[str], _view: queries.View) -> pd.DataFrame:
    """Return the figures behind curves; nobody may change it."""
    return curves.table_of(_view, emotions)


@st.cache_data(max_entries=KEPT_FIGURES, ttl=LIFE, show_spinner=False)
def peaks_table(key: Key, emotions: Sequence[str], _view: queries.View) -> pd.DataFrame:
    """Return the peaks."""
    return queries_tables.peaks_table(_view, emotions)


@st.cache_data(max_entries=KEPT_FIGURES, ttl=LIFE, show_spinner=False)
def viewers(key: Key, _view: queries.View) -> str:
    """Return how many viewers were scored, in words."""
    return queries_figures.viewers(_view)


@st.cache_data(max_entries=KEPT_FIGURES, ttl=LIFE, show_spinner=False)
def figures(key: Key, emotions: Sequence[str], _view: queries.View) -> list[queries_figures.Figure]:
    """Return the tiles."""
    return queries_figures.figures(_view, emotions)


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def segments(key: Key, split: Split, _view: queries.View) -> Mapping[str, Segment]:
    """Return what may be told of each segment."""
    return queries.segments(_view, split)


@st.cache_data(max_entries=KEPT_FIGURES, ttl=LIFE, show_spinner=False)
def scenes_table(
    key: Key, emotions: Sequence[str], _view: queries.View, _markers: Sequence[Marker]
) -> pd.DataFrame:
    """Return what happened in each scene."""
    return queries_tables.scenes_table(_view, _markers, emotions)


@st.cache_data(max_entries=KEPT_FIGURES, ttl=LIFE, show_spinner=False)
def segments_table(
    key: Key, split: Split, emotions: Sequence[str], _segments: Mapping[str, Segment], k: int
) -> pd.DataFrame:
    """Return the figures of each segment."""
    return queries_tables.segments_table(_segments, emotions, k)


def past(store: Store, screening: Screening) -> Past:
    """Return a screening with its figures so far, as norms want it; a finished one has them all."""
    seconds = None if screening.state == "finished" else store.next_second(screening.id)
    record = msgspec.json.encode(screening)
    return _past(record, seconds, lambda: store.rows(screening.id)[:seconds], screening)


def past_of(whole: queries.Whole) -> Past:
    """Return the same of a finished one, whose rows are read."""
    record = msgspec.json.encode(whole.screening)
    return _past(record, None, lambda: whole.stored, whole.screening)


@st.cache_data(max_entries=KEPT_PAST, show_spinner=False)
def _past(
    record: bytes, seconds: int | None, _rows: Callable[[], Sequence[Row]], _screening: Screening
) -> Past:
    return norms.past(_screening, _rows())


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def _whole(
    record: bytes, seconds: int, baseline: Baseline, _store: Store, _screening: Screening
) -> queries.Whole:
    rows = _stored(record).upto(_store, _screening.id)
    return queries.of_rows(_screening, rows, _store.ledger(_screening.id), baseline)


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def _stored(record: bytes) -> Stored:
    return Stored()


@st.cache_resource(max_entries=KEPT, ttl=LIFE, show_spinner=False)
def _view(key: Key, _of: queries.Whole, _chosen: Selection) -> queries.View:
    return queries.view(_of, _chosen)
