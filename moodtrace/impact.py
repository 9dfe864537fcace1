"""What one emotion did over a content: how high it rose, when, and how it ended."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

from moodtrace.estimates import Estimate, average, known_seconds, proportion
from moodtrace.measures import showing
from moodtrace.metrics import Point, once, summarise, trace
from moodtrace.timeline import Row

EDGE_SECONDS: Final = 3
"""How many seconds a beginning or an end has."""


class Moment(msgspec.Struct, frozen=True):
    """One second of a trace."""

    t: int
    """Second of content."""
    share: Estimate


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one emotion; None where nothing is known."""

    ever: Estimate | None
    """Share of the viewers who showed it in any second."""
    average: Estimate | None
    """Mean over seconds of the share showing it."""
    peak: Moment | None
    """Highest share, at its first second."""
    trough: Moment | None
    """Lowest share, at its first second."""
    time_to_peak_s: int | None
    """From the start of the content to the peak."""
    end: Estimate | None
    """Average of the last `EDGE_SECONDS` that are known."""
    peak_end: float | None
    """Mean of peak and end, 0 to 1."""
    volatility: float | None
    """Mean absolute change of the share from one second to the next, 0 to 1."""


def impact(rows: Sequence[Row], emotion: str, k: int) -> Impact:
    """Return the figures of `emotion` over rows in the order of their seconds.

    The peak-end rule, that the mean of the strongest and the last moment is what is remembered:
    Fredrickson & Kahneman, "Duration neglect in retrospective evaluations of affective episodes",
    Journal of Personality and Social Psychology 65 (1993), 45-55.
    """
    measure = showing(emotion)
    points = trace(rows, emotion, k)
    _, peak, trough = summarise(points)
    end = average(known_seconds(rows, measure, k)[-EDGE_SECONDS:], measure, k)
    return Impact(
        ever=proportion(once(rows, measure, k), k),
        average=average(rows, measure, k),
        peak=_moment(rows, emotion, k, peak),
        trough=_moment(rows, emotion, k, trough),
        time_to_peak_s=peak.second if peak else None,
        end=end,
        peak_end=(peak.value + end.value) / 2 if peak and end else None,
        volatility=volatility(points),
    )


def volatility(points: Sequence[Point]) -> float | None:
    """Return the mean absolute change between neighbouring seconds; a gap is no change."""
    changes = [abs(b.value - a.value) for a, b in pairwise(points) if b.second == a.second + 1]
    return float(np.mean(changes)) if changes else None


def _moment(rows: Sequence[Row], emotion: str, k: int, point: Point | None) -> Moment | None:
    if point is None:
        return None
    counted = once([row for row in rows if row.second == point.second], showing(emotion), k)
    share = proportion(counted, k)
    assert share is not None
    return Moment(point.second, share)
