"""Figures of ad testing over the rows of a screening; shares of 0 to 1, seconds of content."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from moodtrace.affect import UNIT
from moodtrace.labels import EMOTIONS
from moodtrace.measures import Measure, showing
from moodtrace.timeline import Row

PEAK_PROMINENCE = 0.1
"""How far a peak must stand out of its surroundings, as a share; below it is chance and flicker."""


class Point(NamedTuple):
    """One value of a trace."""

    second: int
    value: float


class TraceMetrics(NamedTuple):
    """What one emotion did over a screening; all None if it was never measured."""

    average: float | None
    """Mean over seconds of the share showing it."""
    peak: Point | None
    """Highest share, at its first second."""
    trough: Point | None
    """Lowest share, at its first second."""


def is_shown(row: Row, k: int) -> bool:
    """Say whether a row may be shown: it has data, and `k` usable viewers or none seen."""
    return not row.gap and (row.usable >= k or row.viewers == 0 or k == 1)


def share(row: Row, emotion: str) -> float | None:
    """Return the share of usable viewers who show `emotion`; None without one."""
    return row.showing[EMOTIONS.index(emotion)] / row.usable if row.usable else None


def abstention(rows: Sequence[Row]) -> float | None:
    """Return abstained / usable viewer-seconds; None if nobody was usable."""
    usable = sum(row.usable for row in rows)
    return sum(row.abstained for row in rows) / usable if usable else None


class Once(NamedTuple):
    """How many viewers did something in at least one second."""

    did: int
    known: int
    """Viewers of whom it is known."""


def once(rows: Sequence[Row], measure: Measure, k: int) -> Once:
    """Count the viewers of whom `measure` is not 0 in any second that is shown."""
    people = (viewer for row in rows if is_shown(row, k) for viewer in row.people)
    found = [(viewer.id, measure(viewer)) for viewer in people]
    return Once(
        did=len({viewer for viewer, value in found if value}),
        known=len({viewer for viewer, value in found if value is not None}),
    )


def ever(rows: Sequence[Row], emotion: str, k: int) -> float | None:
    """Return the share of the usable viewers who showed `emotion` in any second that is shown."""
    did, known = once(rows, showing(emotion), k)
    return did / known if known else None


def ever_shown(rows: Sequence[Row], k: int) -> dict[str, float | None]:
    """Return `ever` of each emotion, in one go."""
    known = set[int]()
    showed: list[set[int]] = [set() for _ in EMOTIONS]
    for row in rows:
        for viewer in row.people if is_shown(row, k) else ():
            if not viewer.excluded:
                known.add(viewer.id)
                for place in viewer.showing:
                    showed[place].add(viewer.id)
    shares = (len(viewers) / len(known) if known else None for viewers in showed)
    return dict(zip(EMOTIONS, shares, strict=True))


def valence(row: Row) -> float | None:
    """Return the mean valence of the viewers who showed something, -1 to 1; None without one."""
    return _mean(row.valence_sum, row)


def arousal(row: Row) -> float | None:
    """Return the mean arousal of the viewers who showed something, -1 to 1; None without one."""
    return _mean(row.arousal_sum, row)


def coverage(rows: Sequence[Row]) -> float | None:
    """Return usable / seen viewer-seconds; None if nobody was seen."""
    seen = sum(row.viewers for row in rows)
    return sum(row.usable for row in rows) / seen if seen else None


def excluded(rows: Sequence[Row]) -> dict[str, int]:
    """Return in how many viewer-seconds nobody could be scored, by reason, commonest first."""
    counts = Counter[str]()
    for row in rows:
        counts.update(row.excluded)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def trace(rows: Sequence[Row], emotion: str, k: int) -> list[Point]:
    """Return the points of one curve; gaps, seconds without a face and those under k have none."""
    place = EMOTIONS.index(emotion)
    return [
        Point(row.second, row.showing[place] / row.usable)
        for row in rows
        if row.usable and is_shown(row, k)
    ]


def summarise(points: Sequence[Point]) -> TraceMetrics:
    """Return average, peak and trough of a trace."""
    if not points:
        return TraceMetrics(None, None, None)
    return TraceMetrics(
        average=sum(point.value for point in points) / len(points),
        peak=max(points, key=lambda point: (point.value, -point.second)),
        trough=min(points, key=lambda point: (point.value, point.second)),
    )


def peaks(points: Sequence[Point], most: int = 3) -> list[Point]:
    """Return the most prominent local maxima of a trace, earliest first.

    A gap breaks the trace: each unbroken stretch is searched alone, and one may begin or end
    with a peak.

    Args:
        points: A trace, ascending in time.
        most: How many peaks to return at most.
    """
    found = [peak for stretch in stretches(points) for peak in _peaks_of(stretch)]
    found.sort(key=lambda peak: (-peak.prominence, peak.point))
    return sorted(peak.point for peak in found[:most])


def _mean(total: int, row: Row) -> float | None:
    answered = row.usable - row.abstained
    return total / (answered * UNIT) if answered else None


class _Peak(NamedTuple):
    point: Point
    prominence: float


def _peaks_of(stretch: Sequence[Point]) -> list[_Peak]:
    """Return the peaks of an unbroken trace; of twins without a dip between them, the first."""
    from scipy.signal import find_peaks

    shares = [point.value for point in stretch]
    floor = min(shares)  # at both ends, so that a trace may begin or end with its peak
    values: npt.NDArray[np.float64] = np.array([floor, *shares, floor])
    _, features = find_peaks(values, prominence=PEAK_PROMINENCE, plateau_size=1)
    kept: list[_Peak] = []
    last = 0
    for first, prominence in zip(features["left_edges"], features["prominences"], strict=True):
        # Peaks of one height have the whole hill's prominence each, however small the dip.
        dip = values[first] - values[last:first].min()
        if dip >= PEAK_PROMINENCE:
            kept.append(_Peak(stretch[first - 1], float(prominence)))
            last = first
    return kept


def stretches(points: Sequence[Point]) -> list[list[Point]]:
    """Split a trace where a second is missing."""
    if not points:
        return []
    seconds = np.array([point.second for point in points])
    breaks = np.flatnonzero(np.diff(seconds) > 1) + 1
    edges = [0, *breaks.tolist(), len(points)]
    return [list(points[a:b]) for a, b in pairwise(edges)]
