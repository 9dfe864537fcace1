"""What a comparison found: verdicts in words, charts of each emotion, and tables."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import charts_compare, notices, offered, queries_compare
from dashboard.downloads import Downloads
from dashboard.notices import as_text
from moodtrace.clock import playhead
from moodtrace.comparison import Comparison
from moodtrace.labels import EMOTION_NAMES
from moodtrace.screening import Screening

_number = st.column_config.NumberColumn
_POINTS: Final[Mapping[str, ColumnConfig]] = {
    "points": _number("Points", format="%+.0f", help="Of a hundred"),
    "low": _number("95 % from", format="%+.0f"),
    "high": _number("to", format="%+.0f"),
}


def draw(
    found: Sequence[Comparison],
    compared: Sequence[Screening],
    only: str,
    smooth: int,
    downloads: Downloads,
) -> None:
    """Draw what was found.

    Args:
        found: how each but the first differs from the first.
        compared: all of them.
        only: what of each is chosen, in words; empty for all of it.
        smooth: seconds to average curves over, for the eye; 0 for none.
        downloads: what the reader may take.
    """
    _verdicts(found)
    for one in found:
        if one.warnings:
            notices.measured_otherwise(one.first, one.second, one.warnings)
    for screening in compared:
        if screening.state == "running":
            notices.still_running(screening.id)
    for emotion in found[0].emotions:
        _emotion(found, emotion, _below(only, smooth), smooth, downloads)
    if smooth:
        st.caption("Curves are smoothed for the eye; verdicts, figures and tables are as measured.")
    _tables(found, downloads)
    _small_print(found, compared, only)


def _verdicts(found: Sequence[Comparison]) -> None:
    for one in found:
        said = "\n".join(f"- {as_text(change.words)}" for change in one.emotions.values())
        st.markdown(
            f"**{as_text(one.second)} compared with {as_text(one.first)}**, "
            f"{one.viewers[1]} and {one.viewers[0]} viewers, {one.seconds} s in common: "
            f"{one.verdict}\n\n{said}"
        )


def _below(only: str, smooth: int) -> str:
    """Say below a title of whom a chart is, and that it is smoothed if it is."""
    parts = [f"only {only}"] * bool(only) + [f"averaged over {smooth} s"] * bool(smooth)
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]


def _emotion(
    found: Sequence[Comparison], emotion: str, below: str, smooth: int, downloads: Downloads
) -> None:
    """Draw one emotion: the curves, and under them how each differs from the first."""
    name = EMOTION_NAMES[emotion]
    names = [found[0].first, *(one.second for one in found)]
    curves, differences = (
        queries_compare.for_the_eye(points, smooth)
        for points in (
            queries_compare.curves(found, emotion),
            queries_compare.differences(found, emotion),
        )
    )
    runs = queries_compare.runs(found, emotion)

    st.subheader(name, anchor=False)
    offered.chart(
        f"overlay-{emotion}",
        partial(charts_compare.overlay, curves, names),
        queries_compare.seconds(found, emotion),
        downloads,
        title=f"{name}: share of viewers who show it",
        below=below,
        alt=queries_compare.description(found, emotion, smooth),
    )
    for place, one in enumerate(found, start=1):
        offered.chart(
            f"difference-{emotion}-{place}",
            partial(charts_compare.difference, differences, runs, one.second, place),
            queries_compare.seconds([one], emotion),
            downloads,
            title=f"{name}: {one.second} less {one.first}, points",
            below=below,
            alt=queries_compare.verdicts([one], emotion, smooth),
        )
    st.caption(
        "Around a difference lies the 95 % band of single seconds; a bar at the top marks where "
        "they differ beyond chance."
    )
    with st.expander(f"{name} as a table"):
        columns: offered.Columns = {
            "screening": "Screening",
            "second": "Second",
            "first": _number("The first", format="percent"),
            "share": _number("This one", format="percent"),
            **_POINTS,
        }
        table = queries_compare.seconds(found, emotion)
        offered.table(f"seconds-{emotion}", table, columns, downloads)


def _tables(found: Sequence[Comparison], downloads: Downloads) -> None:
    about = {"screening": "Screening", "emotion": "Emotion"}
    st.subheader("Differences", anchor=False)
    differences: offered.Columns = {
        **about,
        "seconds": "Seconds",
        **_POINTS,
        "effect": _number("Hedges' g", format="%+.2f", help="In standard deviations of viewers"),
        "p": _number("p", format="%.3f", help="Over all emotions and seconds compared"),
        "n": _number("n", help="Viewers of the smaller audience"),
    }
    offered.table("differences", queries_compare.table(found), differences, downloads)
    st.subheader("What could have been found", anchor=False)
    detectable: offered.Columns = {
        **about,
        "seconds": _number("Lasting", format="%d s"),
        "points": _number(
            "Smallest lift, points",
            format="%.0f",
            help="Found four times out of five; a dash if not even one of 99 points would be",
        ),
        "n": _number("n", help="Viewers of the smaller audience"),
    }
    offered.table("detectable", queries_compare.detectable(found), detectable, downloads)


def _small_print(found: Sequence[Comparison], compared: Sequence[Screening], only: str) -> None:
    zeros = (found[0].zeros[0], *(one.zeros[1] for one in found))
    align = found[0].align
    places = zip(compared, zeros, strict=True)
    began = "; ".join(f"{screening.id} at {playhead(zero)}" for screening, zero in places)
    groups = ", ".join(f"{screening.id} {screening.k}" for screening in compared)
    st.caption(
        as_text(
            (f"0 s is where {align} starts: {began}. " if align else "0 s is the beginning. ")
            + f"In one of {1 / found[0].alpha:.0f} comparisons without a difference, one is found. "
            + (f"Only {only} count" if only else "All viewers count")
            + ", and only seconds in which each audience has at least its smallest group that is "
            f"shown: k of {groups}."
        )
    )
