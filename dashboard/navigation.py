"""Which pages there are, who may see each, and which one the link names."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import (
    page_cameras,
    page_compare,
    page_help,
    page_live,
    page_norms,
    page_overview,
    page_privacy,
    page_quality,
    page_screening,
)
from dashboard.access import Reader, Right
from dashboard.notices import shown_errors
from dashboard.parts import open_store
from moodtrace.store import Store

Render = Callable[[Store, Reader], None]

PAGES: Final[tuple[tuple[Right, str, str, Render], ...]] = (
    ("overview", "Overview", "view_list", page_overview.render),
    ("screening", "Screening", "show_chart", page_screening.render),
    ("compare", "Compare", "compare_arrows", page_compare.render),
    ("norms", "Norms", "leaderboard", page_norms.render),
    ("live", "Live", "sensors", page_live.render),
    ("cameras", "Cameras", "videocam", page_cameras.render),
    ("quality", "Data quality", "fact_check", page_quality.render),
    ("privacy", "Privacy", "shield_lock", page_privacy.render),
    ("help", "Help", "help", page_help.render),
)
"""What right a page needs, its title, its icon, and what draws it."""


OLD_LINKS: Final = frozenset({"screening", "emotions", "baseline"})
"""What links said of before there was an overview; they named no page."""


def page_of(right: Right, title: str, icon: str, render: Render, who: Reader) -> st.Page:
    """Return a page for one reader, whose right to it is looked at again when it is drawn."""

    def draw() -> None:
        with shown_errors():
            who.require(right)
            render(open_store(), who)

    return st.Page(
        draw,
        title=title,
        icon=f":material/{icon}:",
        url_path=right,
        default=right == "overview",
    )


def run(who: Reader) -> None:
    """Draw the page that the link names, of those that the reader may see."""
    pages = {page[0]: page_of(*page, who) for page in PAGES if who.may(page[0])}
    chosen = st.navigation(list(pages.values()))
    said = st.query_params.to_dict()
    if chosen is pages["overview"] and OLD_LINKS & said.keys() and "screening" in pages:
        st.switch_page(pages["screening"], query_params=said)
    chosen.run()
