"""All screenings at a glance: how far each is, who was there, and whether its cameras are up."""

import streamlit as st

from dashboard import notices
from dashboard.access import Reader
from dashboard.downloads import Downloads
from dashboard.notices import shown_errors
from dashboard.queries_overview import Figures, figures, matching, overview
from moodtrace.screening import Screening
from moodtrace.store import Store

REFRESH_S = 5
MOST_LISTED = 200
"""Newest first; older ones are found by searching."""


def render(store: Store, reader: Reader) -> None:
    """Draw the list; a row leads to its screening."""
    reader.require("overview")
    st.title("Screenings", anchor=False)
    words = st.text_input(
        "Search", key="search", placeholder="content, audience, id or camera", bind="query-params"
    )
    st.fragment(_list, run_every=REFRESH_S)(store, reader, words or "")


def _list(store: Store, reader: Reader, words: str) -> None:
    with shown_errors():
        known = store.screenings()
        if not known:
            notices.no_screenings()
            return
        found = matching(known, words)
        if not found:
            notices.nothing_found(words)
            return
        listed = found[:MOST_LISTED]
        live = {name for s in listed if s.live and s.state == "running" for name in s.cameras}
        table = overview(
            listed,
            {screening.id: _figures(store, screening) for screening in listed},
            store.cameras.statuses(sorted(live)),
        )
        column = st.column_config
        st.dataframe(
            table if reader.may("screening") else table.drop(columns="open"),
            hide_index=True,
            key="screenings",
            alt=f"{len(listed)} screenings, newest first",
            column_config={
                "open": column.LinkColumn("", display_text="Open", width="small"),
                "content": "Content",
                "state": "State",
                "audience": "Audience",
                "cameras": column.TextColumn("Cameras", help="Up, of all"),
                "viewers": column.NumberColumn("Viewers", help="Most in one second"),
                "coverage": column.NumberColumn(
                    "Coverage", format="percent", help="Usable viewers of those seen"
                ),
                "length": "Length",
                "started": column.DatetimeColumn("Started (UTC)", format="YYYY-MM-DD HH:mm"),
                "model": "Emotion model",
            },
        )
        Downloads(reader, "overview").table("screenings", table.drop(columns="open"))
        if len(found) > len(listed):
            st.caption(f"The newest {len(listed)} of {len(found)}. Search finds the others.")


def _figures(store: Store, screening: Screening) -> Figures:
    """Sum up a screening; once it has a certain number of seconds, that is known for good."""
    known = (screening.id, screening.run.id, screening.k, store.next_second(screening.id))
    return _known_figures(store, *known)


@st.cache_data(max_entries=2000, show_spinner=False)
def _known_figures(_store: Store, screening_id: str, run_id: str, k: int, seconds: int) -> Figures:
    return figures(_store.rows(screening_id)[:seconds], k)
