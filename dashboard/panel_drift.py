"""Whether a network answers as it did in earlier screenings: a badge, and what it is about."""

from collections.abc import Sequence

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import offered, queries_drift
from dashboard.downloads import Downloads
from moodtrace.drift import Drift, Profile, drift, profile
from moodtrace.screening import Screening
from moodtrace.store import Store
from moodtrace.timeline import Row


def read(
    store: Store, screening: Screening, rows: Sequence[Row], others: Sequence[Screening]
) -> Drift:
    """Hold a screening against those before it.

    Args:
        store: where they are.
        screening: the one.
        rows: all of its rows.
        others: all, newest first.

    Raises:
        ServerAwayError: the store does not answer.
    """
    past = queries_drift.past(screening, others)
    of_past = [_known(msgspec.json.encode(one), store, one) for one in past]
    return drift(profile(rows, screening.k), of_past)


@st.cache_data(max_entries=2000, show_spinner=False)
def _known(record: bytes, _store: Store, _screening: Screening) -> Profile:
    return profile(_store.rows(_screening.id), _screening.k)


def badge(found: Drift, place: DeltaGenerator) -> None:
    """Draw the badge."""
    said = queries_drift.badge(found)
    place.badge(said.words, color=said.colour, icon=said.icon, help=queries_drift.MEANING)


def measures(found: Drift, downloads: Downloads) -> None:
    """Draw what is different, and by how much."""
    st.header("Against earlier screenings", anchor=False)
    if found.missing:
        st.text(
            f"{found.screenings} earlier screenings can be compared with this one; a reference "
            f"takes {found.screenings + found.missing}. They have to be finished, with the same "
            "models, settings and kind of cameras."
        )
        return
    if not found.shifts:
        st.text("No face was measured in a second that may be shown.")
        return
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns: offered.Columns = {
        "measure": "What",
        "index": number(
            "Stability index",
            format="%.2f",
            help="Population stability index (PSI), beyond what so few viewers differ by chance",
        ),
        "words": "Than before",
        "usual": text(
            "As much before",
            help="Earlier screenings that differ from the others of them by as much, or more",
        ),
    }
    offered.table("drift", queries_drift.table(found), columns, downloads)
    st.caption(queries_drift.MEANING)
