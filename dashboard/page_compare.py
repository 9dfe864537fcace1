"""The page that lays screenings over each other: where audiences differ, and how sure that is."""

from collections.abc import Sequence
from typing import Final

import streamlit as st
from msgspec.structs import replace

from dashboard import charts_compare, controls, notices, queries_compare
from dashboard.access import Reader
from dashboard.charts_palette import palette_of
from dashboard.link import MOST_COMPARED, Link
from dashboard.notices import as_text, shown_errors
from dashboard.words import NOTHING
from moodtrace.clock import playhead
from moodtrace.comparison import Comparison
from moodtrace.labels import EMOTION_NAMES, Baseline, Emotion
from moodtrace.screening import Screening
from moodtrace.store import Store

USUAL: Final[tuple[Emotion, ...]] = ("happy",)
"""One to begin with: the fewer are compared, the smaller the differences that are found."""

Stamp = tuple[str, str, int]
"""Id, run, and seconds of a screening: while they stay, so does what is found in it."""


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
        chosen = _choose(screenings, link)
        emotions = USUAL if link.emotions is None else link.emotions
        controls.choose_emotions(emotions)
        if len(chosen) < 2:
            notices.nothing_to_compare()
        elif not emotions:
            notices.nothing_chosen()
        else:
            align = link.align if link.align in queries_compare.shared_markers(chosen) else ""
            stamps = tuple((s.id, s.run.id, store.next_second(s.id)) for s in chosen)
            _draw(_known(store, stamps, emotions, align, link.baseline), chosen)


@st.cache_data(max_entries=200, show_spinner="Comparing the viewers …")
def _known(
    _store: Store,
    stamps: tuple[Stamp, ...],
    emotions: tuple[Emotion, ...],
    align: str,
    baseline: Baseline,
) -> list[Comparison]:
    names = [name for name, _, _ in stamps]
    return queries_compare.read(_store, names, emotions, align, baseline)


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


def _draw(found: Sequence[Comparison], chosen: Sequence[Screening]) -> None:
    _verdicts(found)
    for one in found:
        if one.warnings:
            notices.measured_otherwise(one.first, one.second, one.warnings)
    for screening in chosen:
        if screening.state == "running":
            notices.still_running(screening.id)
    for emotion in found[0].emotions:
        _emotion(found, emotion)
    _tables(found)
    _small_print(found, chosen)


def _verdicts(found: Sequence[Comparison]) -> None:
    for one in found:
        said = "\n".join(f"- {as_text(change.words)}" for change in one.emotions.values())
        st.markdown(
            f"**{as_text(one.second)} compared with {as_text(one.first)}**, "
            f"{one.viewers[1]} and {one.viewers[0]} viewers, {one.seconds} s in common: "
            f"{one.verdict}\n\n{said}"
        )


def _emotion(found: Sequence[Comparison], emotion: str) -> None:
    """Draw one emotion: the curves, and under them how each differs from the first."""
    palette = palette_of(st.context.theme.type)
    name = EMOTION_NAMES[emotion]
    names = [found[0].first, *(one.second for one in found)]
    st.subheader(name, anchor=False)
    st.caption("Share of viewers who show it")
    st.altair_chart(
        charts_compare.overlay(queries_compare.curves(found, emotion), names, palette),
        width="stretch",
        key=f"overlay-{emotion}",
        alt=queries_compare.description(found, emotion),
    )
    differences = queries_compare.differences(found, emotion)
    runs = queries_compare.runs(found, emotion)
    for place, one in enumerate(found, start=1):
        st.caption(
            as_text(
                f"{one.second} less {one.first}, with the 95 % band of single seconds; a bar at "
                "the top marks where they differ beyond chance"
            )
        )
        st.altair_chart(
            charts_compare.difference(differences, runs, one.second, place, palette),
            width="stretch",
            key=f"difference-{emotion}-{place}",
            alt=queries_compare.verdicts([one], emotion),
        )
    with st.expander(f"{name} as a table"):
        st.dataframe(
            queries_compare.seconds(found, emotion),
            hide_index=True,
            placeholder=NOTHING,
            key=f"seconds-{emotion}",
            column_config={
                "screening": "Screening",
                "second": "Second",
                "first": st.column_config.NumberColumn("The first", format="percent"),
                "share": st.column_config.NumberColumn("This one", format="percent"),
                **_POINTS,
            },
        )


_POINTS: Final = {
    "points": st.column_config.NumberColumn("Points", format="%+.0f", help="Of a hundred"),
    "low": st.column_config.NumberColumn("95 % from", format="%+.0f"),
    "high": st.column_config.NumberColumn("to", format="%+.0f"),
}


def _tables(found: Sequence[Comparison]) -> None:
    number = st.column_config.NumberColumn
    about = {"screening": "Screening", "emotion": "Emotion"}
    st.subheader("Differences", anchor=False)
    st.dataframe(
        queries_compare.table(found),
        hide_index=True,
        placeholder=NOTHING,
        key="differences",
        column_config={
            **about,
            "seconds": "Seconds",
            **_POINTS,
            "effect": number("Hedges' g", format="%+.2f", help="In standard deviations of viewers"),
            "p": number("p", format="%.3f", help="Over all emotions and seconds compared"),
            "n": number("n", help="Viewers of the smaller audience"),
        },
    )
    st.subheader("What could have been found", anchor=False)
    st.dataframe(
        queries_compare.detectable(found),
        hide_index=True,
        placeholder=NOTHING,
        key="detectable",
        column_config={
            **about,
            "seconds": number("Lasting", format="%d s"),
            "points": number(
                "Smallest lift, points",
                format="%.0f",
                help="Found four times out of five; a dash if not even one of 99 points would be",
            ),
            "n": number("n", help="Viewers of the smaller audience"),
        },
    )


def _small_print(found: Sequence[Comparison], chosen: Sequence[Screening]) -> None:
    zeros = (found[0].zeros[0], *(one.zeros[1] for one in found))
    align = found[0].align
    places = zip(chosen, zeros, strict=True)
    began = "; ".join(f"{screening.id} at {playhead(zero)}" for screening, zero in places)
    groups = ", ".join(f"{screening.id} {screening.k}" for screening in chosen)
    st.caption(
        as_text(
            (f"0 s is where {align} starts: {began}. " if align else "0 s is the beginning. ")
            + f"In one of {1 / found[0].alpha:.0f} comparisons without a difference, one is found. "
            "All viewers count, and only seconds in which each audience has at least its "
            f"smallest group that is shown: k of {groups}."
        )
    )
