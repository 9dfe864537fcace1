"""What the comparison of screenings draws and lists; knows nothing of Streamlit.

All figures are those of `moodtrace compare`, of the viewers and seconds that are chosen.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
from msgspec.structs import replace

from dashboard.queries import EVERYBODY, Whole
from dashboard.queries_seconds import averaged, in_stretches
from dashboard.words import percent
from moodtrace.alignment import Audience, zero
from moodtrace.comparison import Comparison, Finding, compare
from moodtrace.estimates import Estimate
from moodtrace.labels import EMOTION_NAMES, Emotion
from moodtrace.markers import parse_markers
from moodtrace.screening import Screening
from moodtrace.selection import Selection, selected

AVERAGE: Final = "average"
CURVES: Final = frozenset({"share", "difference", "low", "high"})
"""Columns of points that are drawn."""


def read(
    wholes: Sequence[Whole],
    emotions: Sequence[Emotion],
    align: str = "",
    chosen: Selection = EVERYBODY,
) -> list[Comparison]:
    """Compare some viewers and seconds of each of some screenings with those of the first.

    Args:
        wholes: two or more, each with the same baseline taken off.
        emotions: which.
        align: label of the marker at which they are laid over each other.
        chosen: of each; its seconds are those of the first, and of the others what lies over them.

    Raises:
        UsageError: They can't be aligned, no second of them may be shown, or k forbids the choice.
    """
    return compare(audiences(wholes, align, chosen), emotions, align)


def audiences(
    wholes: Sequence[Whole], align: str = "", chosen: Selection = EVERYBODY
) -> list[Audience]:
    """Return what is compared: of each, what its own k lets out of the choice, and nothing else.

    Args and errors are those of `read`.
    """
    zeros = [zero(of.screening, align) for of in wholes]
    return [
        Audience(
            of.screening,
            selected(of.read.rows, _shifted(chosen, at - zeros[0]), of.screening.k),
        )
        for of, at in zip(wholes, zeros, strict=True)
    ]


def choices(wholes: Sequence[Whole]) -> Mapping[str, Mapping[str, int]]:
    """Return the segments that all have, by split: most viewers that each of them shows at once."""
    first, *others = (of.choices for of in wholes)
    return {
        split: {
            name: min(size, *(other[split][name] for other in others))
            for name, size in sizes.items()
            if all(name in other[split] for other in others)
        }
        for split, sizes in first.items()
    }


def _shifted(chosen: Selection, seconds: int) -> Selection:
    """Move the seconds that are chosen; what lies before the first of a content is cut off."""
    end = None if chosen.end is None else max(0, chosen.end + seconds)
    return replace(chosen, start=max(0, chosen.start + seconds), end=end)


def shared_markers(screenings: Sequence[Screening]) -> list[str]:
    """Return the labels that all of them have, in the order of the first."""
    first, *others = (
        list(dict.fromkeys(marker.label for marker in parse_markers(screening.markers)))
        for screening in screenings
    )
    return [label for label in first if all(label in other for other in others)]


def curves(found: Sequence[Comparison], emotion: str) -> pd.DataFrame:
    """Return the points of all screenings: `place`, `second`, `share`, `stretch`, `alone`.

    Place 0 is the first screening; a stretch is unbroken, as in `queries_seconds.traces`.
    """
    first = {m.t: m.first for one in found for m in one.emotions[emotion].trace}
    points = [(0, t, first[t]) for t in sorted(first)]
    for place, one in enumerate(found, start=1):
        points += [(place, m.t, m.second) for m in one.emotions[emotion].trace]
    return in_stretches(pd.DataFrame(points, columns=["place", "second", "share"]), "place")


def differences(found: Sequence[Comparison], emotion: str) -> pd.DataFrame:
    """Return how all differ from the first: points as of `curves`, `low` and `high` of the band."""
    points = [
        (place, m.t, m.difference, m.low, m.high)
        for place, one in enumerate(found, start=1)
        for m in one.emotions[emotion].trace
    ]
    table = pd.DataFrame(points, columns=["place", "second", "difference", "low", "high"])
    return in_stretches(table.astype({"low": float, "high": float}), "place")


def runs(found: Sequence[Comparison], emotion: str) -> pd.DataFrame:
    """Return the runs in which they differ: `place`, `start`, `end`, `middle`, `label`."""
    marked = [
        (
            place,
            run.start - 0.5,
            run.end - 0.5,
            (run.start + run.end - 1) / 2,
            f"{points(run.difference.value)} pts",
        )
        for place, one in enumerate(found, start=1)
        for run in one.emotions[emotion].findings
    ]
    return pd.DataFrame(marked, columns=["place", "start", "end", "middle", "label"])


def table(found: Sequence[Comparison]) -> pd.DataFrame:
    """Return all differences, those of whole contents first; shares in points of a hundred."""
    return pd.DataFrame(
        {
            "screening": one.second,
            "emotion": EMOTION_NAMES[emotion],
            "seconds": when,
            **_points(difference),
            "effect": effect,
            "p": p,
            "n": difference.n,
        }
        for one in found
        for emotion, change in one.emotions.items()
        for when, difference, effect, p in (
            (AVERAGE, change.average, None, None),
            *((_when(run), run.difference, run.effect, run.p) for run in change.findings),
        )
    ).astype({"low": float, "high": float, "effect": float, "p": float})


def detectable(found: Sequence[Comparison]) -> pd.DataFrame:
    """Return the smallest lifts that would be found: one record per screening and emotion."""
    return pd.DataFrame(
        {
            "screening": one.second,
            "emotion": EMOTION_NAMES[emotion],
            "seconds": lift.seconds,
            "points": None if lift.share is None else 100 * lift.share,
            "n": change.average.n,
        }
        for one in found
        for emotion, change in one.emotions.items()
        for lift in change.detectable
    ).astype({"points": float})


def seconds(found: Sequence[Comparison], emotion: str) -> pd.DataFrame:
    """Return what the charts of one emotion draw, one record per screening and second."""
    return pd.DataFrame(
        {
            "screening": one.second,
            "second": m.t,
            "first": m.first,
            "share": m.second,
            "points": 100 * m.difference,
            "low": None if m.low is None else 100 * m.low,
            "high": None if m.high is None else 100 * m.high,
        }
        for one in found
        for m in one.emotions[emotion].trace
    ).astype({"low": float, "high": float})


def for_the_eye(points: pd.DataFrame, smooth: int) -> pd.DataFrame:
    """Return points of `curves` or `differences`, and the ends of bands, averaged over seconds.

    Args:
        points: as measured.
        smooth: seconds to average over, of `SMOOTHINGS_S`.
    """
    drawn = points.copy()
    for column in CURVES.intersection(points):
        for _, own in points.groupby("place"):
            drawn.loc[own.index, column] = averaged(own["second"], own[column], smooth)
    return drawn


def description(found: Sequence[Comparison], emotion: str, smooth: int = 0) -> str:
    """Say in sentences what the curves show, for those who can't see them; as measured."""
    table = curves(found, emotion)
    names = [found[0].first, *(one.second for one in found)]
    said = [f"Share of viewers showing {EMOTION_NAMES[emotion].lower()}, second by second."]
    for place, name in enumerate(names):
        own = table[table["place"] == place]
        highest = own.iloc[int(own["share"].argmax())]
        said.append(
            f"{name}: average {percent(own['share'].mean())}, "
            f"highest {percent(highest['share'])} at {highest['second']:.0f} s."
        )
    return " ".join([*said, *smoothing(smooth)])


def smoothing(smooth: int) -> list[str]:
    """Say in a sentence that curves are smoothed; nothing if they are not."""
    return [f"Curves are averaged over {smooth} s."] * bool(smooth)


def verdicts(found: Sequence[Comparison], emotion: str, smooth: int = 0) -> str:
    """Say in sentences where they differ from the first, for those who can't see the chart."""
    said = ". ".join(
        f"{one.second} less {one.first}: {one.emotions[emotion].words}" for one in found
    )
    about = f"Difference in points of a hundred with its 95 % band. {said}."
    return " ".join([about, *smoothing(smooth)])


def points(share: float) -> str:
    """Write a difference of shares in points of a hundred: `+12`."""
    return f"{100 * share:+z.0f}"


def _points(found: Estimate) -> dict[str, float | None]:
    parts = {"points": found.value, "low": found.low, "high": found.high}
    return {name: None if part is None else 100 * part for name, part in parts.items()}


def _when(run: Finding) -> str:
    last = run.end - 1
    return f"{run.start} s" if last == run.start else f"{run.start}\N{EN DASH}{last} s"
