"""Widgets whose state is the page's link: what is chosen is in the address, and the other way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st
from msgspec.structs import replace

from dashboard import notices
from dashboard.link import Link, read, written
from moodtrace.clock import playhead
from moodtrace.labels import BASELINES, EMOTION_NAMES, EMOTIONS, Emotion
from moodtrace.screening import Screening
from moodtrace.selection import SMOOTHINGS_S, Split

SMOOTHING_WORDS: Final = {0: "Off", 3: "3 s", 5: "5 s"}
SPLIT_WORDS: Final[Mapping[Split, str]] = {
    "ages": "Age band",
    "cameras": "Camera",
    "zones": "Zone",
}


def current() -> Link:
    """Read the page's link, and say what it says wrongly."""
    found = read(st.query_params.to_dict())
    if found.ignored:
        notices.ignored(found.ignored)
    return found.link


def change(**said: Any) -> None:
    """Write something into the page's link."""
    link = read(st.query_params.to_dict()).link
    st.query_params.from_dict(written(replace(link, **said)))


def choose_screening(screenings: Sequence[Screening], link: Link) -> Screening:
    """Let people choose a screening; the newest where the link names none, or an unknown one."""
    by_id = {screening.id: screening for screening in screenings}
    if link.screening and link.screening not in by_id:
        notices.unknown_screening(link.screening)
    shown = link.screening if link.screening in by_id else screenings[0].id
    _linked(
        st.selectbox,
        "screening",
        shown,
        "Screening",
        list(by_id),
        also={"ages": (), "cameras": (), "zones": (), "start": 0, "end": None, "at": 0.0},
        width=400,
    )
    return by_id[shown]


def choose_others(names: Sequence[str], shown: Sequence[str], most: int) -> None:
    """Let people choose the screenings that are compared with the first."""
    _linked(
        st.multiselect,
        "others",
        list(shown),
        "Compared with it",
        list(names),
        max_selections=most,
        placeholder=f"Choose up to {most}",
        written_as=tuple,
        width=400,
    )


def choose_align(labels: Sequence[str], link: Link) -> None:
    """Let people choose the marker at which screenings are laid over each other."""
    _linked(
        st.selectbox,
        "align",
        link.align,
        "Laid over each other at",
        ["", *labels],
        format_func=lambda label: label or "the beginning",
        width=220,
        help="Markers that all of them have.",
    )


def choose_baseline(link: Link) -> None:
    """Let people choose what is taken off."""
    _linked(
        st.selectbox,
        "baseline",
        link.baseline,
        "Baseline taken off",
        list(BASELINES),
        format_func=BASELINES.__getitem__,
        help="What a viewer's face shows at rest, so that one that only looks sad is neutral.",
    )


def choose_emotions(shown: Sequence[Emotion]) -> None:
    """Let people choose emotions."""
    _linked(
        st.pills,
        "emotions",
        list(shown),
        "Emotions",
        EMOTIONS,
        selection_mode="multi",
        format_func=EMOTION_NAMES.__getitem__,
        written_as=lambda chosen: tuple(e for e in EMOTIONS if e in chosen),
    )


def choose_band(link: Link) -> None:
    """Let people hide the intervals."""
    _linked(
        st.toggle,
        "band",
        link.band,
        "95 % band",
        help="With the same kind of audience again, about 19 curves of 20 would lie inside.",
    )


def choose_smoothing(link: Link) -> None:
    """Let people smooth the curves; never the figures."""
    _linked(
        st.segmented_control,
        "smooth",
        link.smooth,
        "Smoothing",
        SMOOTHINGS_S,
        required=True,
        format_func=SMOOTHING_WORDS.__getitem__,
        help="Averages the curves for the eye. Figures, tables and exports stay as measured.",
    )


def choose_range(
    start: int, end: int, length: int, by_hand: str = "Or draw a range on the trace. "
) -> None:
    """Let people choose a stretch of the content.

    Args:
        start: the first second now.
        end: the second after the last now.
        length: seconds of the content.
        by_hand: how else it can be chosen.
    """
    if length < 2:
        return
    st.session_state["range"] = (start, end)

    def write() -> None:
        first, last = st.session_state["range"]
        change(start=min(first, length - 1), end=None if last == length else max(last, first + 1))

    st.slider(
        "Seconds of content",
        0,
        length,
        key="range",
        on_change=write,
        format="%d s",
        help=f"{by_hand}Now {playhead(start)} to {playhead(end)}.",
    )


def choose_split(splits: Sequence[Split], shown: Split) -> None:
    """Let people choose by what the audience is told apart below the trace."""
    _linked(
        st.segmented_control,
        "split",
        shown,
        "Compare by",
        splits,
        required=True,
        format_func=SPLIT_WORDS.__getitem__,
    )


def _linked(
    widget: Callable[..., Any],
    name: str,
    value: object,
    *arguments: Any,
    written_as: Callable[[Any], object] = lambda chosen: chosen,
    also: Mapping[str, object] | None = None,
    **options: Any,
) -> None:
    """Draw a widget that shows `value`, and writes what is chosen into the link as `name`.

    Args:
        widget: of Streamlit.
        name: of the field.
        value: now.
        arguments: of the widget.
        written_as: the field from what the widget holds.
        also: fields that are set with it.
        options: of the widget.
    """
    st.session_state[name] = value
    widget(
        *arguments,
        key=name,
        on_change=lambda: change(**{name: written_as(st.session_state[name])}, **(also or {})),
        **options,
    )
