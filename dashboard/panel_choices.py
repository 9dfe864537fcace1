"""What is chosen of a screening, by its link, and the widgets to choose it with."""

import streamlit as st

from dashboard import controls, notices
from dashboard.controls_viewers import choose_viewers
from dashboard.link import Link
from dashboard.notices import as_text
from dashboard.queries import Whole
from moodtrace.clock import playhead
from moodtrace.labels import BASELINES
from moodtrace.selection import SPLITS, Selection, Split


def chosen(whole: Whole, link: Link) -> Selection:
    """Return what the link chooses, as far as it is there; say what is not."""
    length = len(whole.stored)
    named = {split: getattr(link, split) for split in SPLITS}
    there = {s: tuple(n for n in names if n in whole.choices[s]) for s, names in named.items()}
    if gone := [n for s, names in named.items() for n in names if n not in there[s]]:
        notices.nobody_of(gone)
    start = min(link.start, max(length - 1, 0))
    end = link.end if link.end is not None and start < link.end < length else None
    return Selection(**there, start=start, end=end)


def choices(whole: Whole, link: Link, chosen: Selection) -> None:
    """Draw what chooses viewers and seconds, and how the trace is drawn; closed, it says both.

    It lies in the page, not over it, so that the Tab key gets there.
    """
    length = len(whole.stored)
    with st.expander(
        as_text(_summary(link, chosen, length)), icon=":material/tune:", key="choices"
    ):
        of_viewers, of_chart = st.columns(2, gap="large")
        with of_viewers:
            choose_viewers(whole.choices, chosen, whole.screening.k)
        with of_chart:
            controls.choose_smoothing(link)
            controls.choose_band(link)
            controls.choose_range(chosen.start, chosen.end or length, length)
            controls.choose_split(_splits(whole), split(whole, link))
            controls.choose_baseline(link)


def _summary(link: Link, chosen: Selection, length: int) -> str:
    part = chosen.ages + chosen.cameras + chosen.zones
    said = [f"Viewers: {', '.join(part) or 'all'}"]
    if chosen.start or chosen.end:
        said.append(f"{playhead(chosen.start)} to {playhead(chosen.end or length)}")
    if link.smooth:
        said.append(f"averaged over {link.smooth} s")
    if link.baseline != "none":
        said.append(f"without {BASELINES[link.baseline]}")
    return "  ·  ".join(said)


def split(whole: Whole, link: Link) -> Split:
    """Return by what the audience is told apart: as the link says, if that can be."""
    found = _splits(whole)
    return link.split if link.split in found else found[0]


def _splits(whole: Whole) -> list[Split]:
    return [split for split in SPLITS if whole.choices[split]] or ["cameras"]
