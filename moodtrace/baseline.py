"""Takes out of each viewer's scores what its face shows at rest; reads rows, and changes none.

Some faces look sad or angry when they are not. What a viewer shows of each emotion at rest is its
baseline; of the rest of the scale, the corrected score is the share that is filled, and what is
taken off counts as neutral. docs/reference/metrics.md has the formula and where it is from.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from moodtrace.errors import UsageError
from moodtrace.labels import NEUTRAL, QUANTUM, Baseline
from moodtrace.metrics import is_shown
from moodtrace.screening import Screening
from moodtrace.timeline import Row, of_viewers
from moodtrace.viewers import Thresholds, Viewer, shown

FIRST_SECONDS: Final = 5
"""Seconds with scores that say how a face looks at rest, if the first ones do."""

Scores = tuple[int, ...]
"""Thousandths, in `EMOTIONS` order."""


class Corrected(NamedTuple):
    """Rows with a baseline taken off."""

    rows: Sequence[Row]
    baseline: Baseline = "none"
    moved: float | None = None
    """Share of the usable viewer-seconds shown in which a viewer shows something else than stored;
    None if nothing was taken off, or there are none."""


def corrected(screening: Screening, stored: Sequence[Row], baseline: Baseline) -> Corrected:
    """Return rows as they would be if every face at rest looked neutral.

    Args:
        screening: they are of.
        stored: in the order of their seconds.
        baseline: the median of a viewer's first seconds, or of all; `none` changes nothing.

    Raises:
        UsageError: The record does not say from which score on a viewer shows an emotion.
    """
    if baseline == "none":
        return Corrected(stored)
    if not screening.thresholds:
        raise UsageError(
            "this screening is from a version that could not correct baselines",
            where=f"screening {screening.id!r}",
            try_this="replay its footage again with --replace, or take no baseline off",
        )
    rest = _at_rest(stored, FIRST_SECONDS if baseline == "first" else None)
    rows = [
        row if row.gap else of_viewers(row, _of_rest(row.people, rest, screening.thresholds))
        for row in stored
    ]
    return Corrected(rows, baseline, _moved(stored, rows, screening.k))


def _moved(stored: Sequence[Row], rows: Sequence[Row], k: int) -> float | None:
    changed = [
        before.showing != after.showing
        for row, now in zip(stored, rows, strict=True)
        if is_shown(row, k)
        for before, after in zip(row.people, now.people, strict=True)
        if not before.excluded
    ]
    return sum(changed) / len(changed) if changed else None


def _at_rest(rows: Sequence[Row], seconds: int | None) -> dict[int, Scores]:
    """Return by viewer the median of its scores over its first seconds, or over all."""
    found: dict[int, list[Scores]] = {}
    for row in rows:
        for viewer in row.people:
            if viewer.emotion:
                found.setdefault(viewer.id, []).append(viewer.emotion)
    return {viewer: _median(scores[:seconds]) for viewer, scores in found.items()}


def _median(scores: Sequence[Scores]) -> Scores:
    return tuple(np.rint(np.median(np.array(scores), axis=0)).astype(int).tolist())


def _of_rest(
    people: Sequence[Viewer], rest: Mapping[int, Scores], thresholds: Thresholds
) -> list[Viewer]:
    """Return the viewers of one second with what they show beyond their faces at rest."""
    now = []
    for viewer in people:
        emotion = _above(viewer.emotion, rest[viewer.id]) if viewer.emotion else ()
        now.append(replace(viewer, emotion=emotion, showing=shown(emotion, thresholds)))
    return now


def _above(scores: Scores, rest: Scores) -> Scores:
    """Return the share of the scale above the face at rest that is filled, and the rest neutral."""
    filled = [
        0 if score <= least else round((score - least) * QUANTUM / (QUANTUM - least))
        for score, least in zip(scores, rest, strict=True)
    ]
    filled[NEUTRAL] = 0
    filled[NEUTRAL] = min(QUANTUM, sum(scores) - sum(filled))
    return tuple(filled)
