"""Boxes for age bands, cameras and zones; what may not be told can't be chosen, and says why."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import streamlit as st

from dashboard.controls import SPLIT_WORDS, change
from dashboard.notices import as_text
from dashboard.words import NOTHING, withheld
from moodtrace.screening import NAME
from moodtrace.selection import SPLITS, Selection, Split

_MARKUP: Final = re.compile(r"_|^\d+[.)] |^- |www\.", re.IGNORECASE)
"""What Markdown sees in names: emphasis, lists, links."""


def choose_viewers(choices: Mapping[str, Mapping[str, int]], chosen: Selection, k: int) -> None:
    """Let people choose age bands, cameras and zones; what may not be told can't be chosen.

    Args:
        choices: by split, then by segment: most viewers that it shows at once; 0 if it may not be
            told alone.
        chosen: what is chosen now.
        k: smallest cell of the screening.
    """
    st.caption("Nothing chosen: everybody. Numbers are the most viewers seen at once.")
    for split in SPLITS:
        sizes = choices[split]
        if not sizes:
            continue
        names, clash = getattr(chosen, split), _clash(split, chosen, k)
        st.markdown(f"**{SPLIT_WORDS[split]}**")
        with st.container(horizontal=True):
            for name, size in sizes.items():
                _segment(split, name, size, names, clash or ("" if size else withheld(k)))
    if chosen.ages or chosen.by_place:
        st.button("Show everybody", on_click=partial(change, ages=(), cameras=(), zones=()))


def _segment(split: Split, name: str, size: int, chosen: Sequence[str], why_not: str) -> None:
    """Draw the box of one segment; greyed with the reason where it can't be chosen."""
    key = f"{split}-{name}"
    st.session_state[key] = name in chosen

    def write() -> None:
        now = {*chosen, name} if st.session_state[key] else {*chosen} - {name}
        change(**{split: tuple(sorted(now))})

    st.checkbox(
        f"{_label(name)} · {size or NOTHING}",
        key=key,
        on_change=write,
        disabled=bool(why_not) and name not in chosen,
        help=why_not.capitalize() or None,
        width="content",
    )


def _label(name: str) -> str:
    """Escape a name, unless it means nothing to Markdown: what is escaped is read out so."""
    return name if NAME.fullmatch(name) and not _MARKUP.search(name) else as_text(name)


def _clash(split: Split, chosen: Selection, k: int) -> str:
    """Say why a segment can't be chosen beside those that are; empty if it can."""
    if k == 1:
        return ""
    others = chosen.by_place if split == "ages" else chosen.ages
    words = "cameras and zones" if split == "ages" else "age bands"
    return f"where small groups are withheld, not together with {words}" if others else ""
