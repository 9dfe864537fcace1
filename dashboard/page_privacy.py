"""What is kept and for how long, deleting it, and who may see it; for admins alone."""

from typing import Final

import streamlit as st

from dashboard import notices, offered
from dashboard.access import Reader
from dashboard.downloads import Downloads
from dashboard.notices import as_text, shown_errors
from dashboard.parts import allow_list, cluster
from dashboard.queries_privacy import kept_table, users_table
from moodtrace.clock import utc_now
from moodtrace.deletion import delete
from moodtrace.settings import load_dashboard_settings, load_settings
from moodtrace.store import Store

DELETED: Final = "screening_deleted"
"""In the session: what was deleted by the last click."""


def render(store: Store, reader: Reader) -> None:
    """Draw the page."""
    reader.require("privacy")
    st.title("Privacy", anchor=False)
    with shown_errors():
        if gone := st.session_state.pop(DELETED, ""):
            st.success(f"{as_text(gone)} and all its rows are deleted.")
        downloads = Downloads(reader, "privacy")
        _kept(store, downloads)
        _delete(store, reader)
        _users(downloads)
        st.header("Audit log", anchor=False)
        st.text("Who viewed, exported and deleted what: it comes with the trust work.")


def _kept(store: Store, downloads: Downloads) -> None:
    st.header("How long timelines are kept", anchor=False)
    days = load_settings().retention_days
    if days is None:
        notices.kept_for_ever()
    else:
        st.markdown(
            f"{days} days from the start of a screening on. `moodtrace up` and `moodtrace worker "
            "aggregate` look every hour; what runs is never deleted."
        )
    started_at = store.started_at()
    if not started_at:
        notices.no_screenings()
        return
    table = kept_table(started_at, store.screenings(), days, utc_now())
    column = st.column_config
    offered.table(
        "kept",
        table,
        {
            "id": "Screening",
            "content": "Content",
            "audience": "Audience",
            "state": "State",
            "notice": column.TextColumn("What the audience was told", width="medium"),
            "started": column.DatetimeColumn("Started (UTC)", format="YYYY-MM-DD HH:mm"),
            "deleted": column.DatetimeColumn("Deleted on (UTC)", format="YYYY-MM-DD HH:mm"),
            "left": "Still kept",
        },
        downloads,
        f"{len(table)} screenings, newest first, with the day on which each is deleted",
    )
    if lacking := int((table["notice"] == "").sum()):
        st.markdown(
            f"Without a notice: {lacking}. `moodtrace screening start --notice` records what "
            "an audience was told."
        )


def _delete(store: Store, reader: Reader) -> None:
    names = list(store.started_at())
    if not names:
        return
    st.header("Delete a screening", anchor=False)
    st.text("All of its rows go, for good. Files that were exported stay where they are.")
    name = st.selectbox("Screening", names, width=400, key="delete-which")
    typed = st.text_input("Type its name to confirm", key=f"delete-{name}", width=400)
    if st.button("Delete for good", disabled=typed != name, key="delete"):
        with shown_errors():
            reader.require("delete")
            delete(store, name, cluster())
            st.cache_data.clear()  # figures of it are in the list of screenings,
            st.cache_resource.clear()  # and its rows behind the pages that were open
            st.session_state[DELETED] = name
            st.rerun()


def _users(downloads: Downloads) -> None:
    st.header("Who may see what", anchor=False)
    path = load_dashboard_settings().access_file
    if path is None:
        st.text(
            "Only this machine can reach the page, and whoever sits at it may see and do all. "
            "MOODTRACE_DASHBOARD_ACCESS_FILE and a provider of sign-in let others in."
        )
        return
    st.text(f"As read from {path} when this page's process began.")
    columns = {"who": "Address, or @domain", "roles": "Roles"}
    offered.table("users", users_table(allow_list()), columns, downloads)
