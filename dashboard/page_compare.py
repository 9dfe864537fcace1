"""The page that lays screenings over each other: where audiences differ, and how sure that is."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st
from msgspec.structs import replace

from dashboard import controls, known, notices, panel_compare, queries_compare
from dashboard.access import Reader
from dashboard.controls_viewers import choose_viewers
from dashboard.downloads import Downloads
from dashboard.link import MOST_COMPARED, Link
from dashboard.notices import as_text, shown_errors
from dashboard.queries import Whole
from dashboard.words import chosen_words
from moodtrace.comparison import Comparison
from moodtrace.labels import Emotion
from moodtrace.screening import Screening
from moodtrace.selection import SPLITS, Selection
from moodtrace.store import Store

USUAL: Final[tuple[Emotion, ...]] = ("happy",)
"""One to begin with: the fewer are compared, the smaller the differences that are found."""


def render(store: Store, reader: Reader) -> None:
    """Draw the comparison that the link names."""
    reader.require("compare")
    st.title("Compare", anchor=False)
    with shown_errors():
        screenings = store.screenings()
        if not screenings:
            notices.no_screenings()
            return
        if len(screenings) == 1:
            notices.one_screening(screenings[0].id)
            return
        link = controls.current()
        compared = _choose(screenings, link)
        emotions = USUAL if link.emotions is None else link.emotions
        controls.choose_emotions(emotions)
        if len(compared) < 2:
            notices.nothing_to_compare()
        elif not emotions:
            notices.nothing_chosen()
        else:
            _draw(store, compared, replace(link, emotions=emotions), reader)


def _draw(store: Store, compared: Sequence[Screening], link: Link, reader: Reader) -> None:
    shared = queries_compare.shared_markers(compared)
    link = replace(link, align=link.align if link.align in shared else "")
    with st.spinner("Reading their seconds …"):
        wholes = [known.whole(store, screening, link.baseline) for screening in compared]
    common = queries_compare.choices(wholes)
    chosen = _chosen(link, common, len(wholes[0].stored))
    only = chosen_words(chosen, len(wholes[0].stored))
    if chosen.start or chosen.end is not None:
        only += f" of {compared[0].id}"
    _narrow(wholes, link, common, chosen, only)
    found = _known(
        tuple(known.Key.of(of.screening, len(of.stored), link.baseline, chosen) for of in wholes),
        link.emotions or (),
        link.align,
        wholes,
        chosen,
    )
    downloads = Downloads(reader, " ".join(screening.id for screening in compared))
    panel_compare.draw(found, compared, only, link.smooth, downloads)


@st.cache_data(max_entries=200, show_spinner="Comparing the viewers …")
def _known(
    keys: tuple[known.Key, ...],
    emotions: tuple[Emotion, ...],
    align: str,
    _wholes: Sequence[Whole],
    _chosen: Selection,
) -> list[Comparison]:
    return queries_compare.read(_wholes, emotions, align, _chosen)


def _choose(screenings: Sequence[Screening], link: Link) -> list[Screening]:
    """Let people choose screenings, where they begin, and what is taken off."""
    by_id = {screening.id: screening for screening in screenings}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = controls.choose_screening(screenings, link)
        rest = [name for name in by_id if name != first.id]
        others = tuple(name for name in link.others if name in rest)
        controls.choose_others(rest, others, MOST_COMPARED - 1)
        chosen = [first, *(by_id[name] for name in others)]
        shared = queries_compare.shared_markers(chosen)
        controls.choose_align(
            shared, replace(link, align=link.align if link.align in shared else "")
        )
        controls.choose_baseline(link)
    if unknown := [name for name in link.others if name not in by_id]:
        notices.unknown_others(unknown)
    if link.align and link.align not in shared:
        notices.unknown_marker(link.align)
    return chosen


def _chosen(link: Link, common: Mapping[str, Mapping[str, int]], length: int) -> Selection:
    """Return what the link chooses, as far as all of them have it; say what they have not."""
    named = {split: getattr(link, split) for split in SPLITS}
    if gone := [n for split, names in named.items() for n in names if n not in common[split]]:
        notices.not_of_all(gone)
    there = {s: tuple(n for n in names if n in common[s]) for s, names in named.items()}
    end = link.end if link.end is not None and link.start < link.end < length else None
    return Selection(**there, start=min(link.start, max(length - 1, 0)), end=end)


def _narrow(
    wholes: Sequence[Whole],
    link: Link,
    common: Mapping[str, Mapping[str, int]],
    chosen: Selection,
    only: str,
) -> None:
    """Draw what chooses viewers and seconds of all of them; closed, it says both."""
    first, length = wholes[0].screening, len(wholes[0].stored)
    smoothed = f" · averaged over {link.smooth} s" if link.smooth else ""
    with st.expander(
        as_text(f"Of each: {only or 'all viewers, all seconds'}{smoothed}"),
        icon=":material/tune:",
        key="choices",
    ):
        of_viewers, of_chart = st.columns(2, gap="large")
        with of_viewers:
            choose_viewers(common, chosen, max(of.screening.k for of in wholes))
            st.caption("Those that all of the screenings have; the number is that of the smallest.")
        with of_chart:
            controls.choose_smoothing(link)
            controls.choose_range(chosen.start, chosen.end or length, length, by_hand="")
            if length > 1:
                st.caption(
                    as_text(f"Seconds of {first.id}; of the others, what is laid over them.")
                )
