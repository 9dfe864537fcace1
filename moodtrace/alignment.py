"""Screenings laid over each other: at their beginnings, or where a moment of the content starts."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from moodtrace.errors import UsageError
from moodtrace.labels import EMOTIONS
from moodtrace.markers import parse_markers
from moodtrace.metrics import is_shown
from moodtrace.screening import Screening
from moodtrace.timeline import Row

Values = npt.NDArray[np.float64]


class Audience(NamedTuple):
    """A screening, and the rows of it that count."""

    screening: Screening
    rows: Sequence[Row]


class Aligned(NamedTuple):
    """Two audiences over the seconds that both have."""

    first: Values
    """`(m, v, s)` 1 for a viewer who shows an emotion in a second, 0 for one who does not; NaN if
    that is not known, and in seconds in which it is known of one audience alone."""
    second: Values
    seconds: list[int]
    """Columns in which it is known of both, ascending."""
    start: int
    """Second of the first column, from the moment at which both are aligned on; 0 or less."""
    zeros: tuple[int, int]
    """Second of content of that moment, in each."""


def aligned(first: Audience, second: Audience, emotions: Sequence[str], label: str = "") -> Aligned:
    """Lay two audiences over each other.

    Args:
        first: the one that the other is compared with.
        second: the other.
        emotions: which.
        label: of the marker whose start is second 0; empty for the beginning of the content.

    Raises:
        UsageError: A marker is missing, or no second is shown of both.
    """
    both = (first, second)
    zeros = (zero(first.screening, label), zero(second.screening, label))
    lengths = [max((row.second + 1 for row in audience.rows), default=0) for audience in both]
    start = -min(zeros)
    end = max(start, min(length - at for length, at in zip(lengths, zeros, strict=True)))
    one, other = (
        _values(audience, emotions, range(at + start, at + end))
        for audience, at in zip(both, zeros, strict=True)
    )
    common = _known(one) & _known(other)
    if not common.any():
        raise UsageError(
            "there is no second in which both were seen",
            where=f"screenings {first.screening.id!r} and {second.screening.id!r}",
            try_this="choose a longer range or more viewers, or align them elsewhere with --align",
        )
    seconds = np.flatnonzero(common).tolist()
    return Aligned(_seen(one, common), _seen(other, common), seconds, start, zeros)


def zero(screening: Screening, label: str) -> int:
    """Return the second of content in which a marker starts; 0 for an empty label.

    Raises:
        UsageError: There is no such marker.
    """
    if not label:
        return 0
    markers = parse_markers(screening.markers, f"markers of screening {screening.id!r}")
    found = next((marker.second for marker in markers if marker.label == label), None)
    if found is None:
        known = ", ".join(dict.fromkeys(marker.label for marker in markers))
        raise UsageError(
            f"there is no marker {label!r}",
            where=f"screening {screening.id!r}",
            try_this=f"choose one of {known}" if known else "align at the beginning: it has none",
        )
    return found


def _values(audience: Audience, emotions: Sequence[str], seconds: range) -> Values:
    """Return `(m, v, s)` who shows what in seconds of content; NaN where that is not known."""
    places = [EMOTIONS.index(emotion) for emotion in emotions]
    rows = [
        row
        for row in audience.rows
        if row.second in seconds and is_shown(row, audience.screening.k)
    ]
    seen = [(row.second, v) for row in rows for v in row.people if not v.excluded]
    line = {viewer: place for place, viewer in enumerate(sorted({v.id for _, v in seen}))}
    values = np.full((len(line), len(seconds), len(EMOTIONS)), np.nan)
    for second, viewer in seen:
        shown = values[line[viewer.id], second - seconds.start]
        shown[:] = 0
        shown[list(viewer.showing)] = 1
    return values[:, :, places].transpose(2, 0, 1)


def _known(values: Values) -> npt.NDArray[np.bool_]:
    """Return `(s,)` the seconds in which something is known of a viewer."""
    known: npt.NDArray[np.bool_] = np.any(~np.isnan(values[0]), axis=0)
    return known


def _seen(values: Values, common: npt.NDArray[np.bool_]) -> Values:
    """Return values of common seconds alone, and viewers who have some."""
    values = np.where(common, values, np.nan)
    return values[:, np.any(~np.isnan(values[0]), axis=1)]
