"""Whether a network answers as it did before, and whether the faces it sees are of the same kind.

There are no labels for an audience, so nothing here says whether the answers are right: it is how
sure they are, and how well the faces can be read, against earlier screenings alone.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import astuple

from moodtrace.labels import QUANTUM
from moodtrace.messages import QUALITY_UNITS, Quality
from moodtrace.metrics import is_shown
from moodtrace.quality import EDGES
from moodtrace.stability import Verdict, mix_psi, psi_by_chance, verdict
from moodtrace.timeline import Row
from moodtrace.viewers import Viewer

Floats = npt.NDArray[np.float64]

CONFIDENCE: Final = "confidence"
BINS: Final[Mapping[str, tuple[float, ...]]] = {
    CONFIDENCE: (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    **EDGES,
}
"""Where one bin of a measure ends and the next begins; fixed, so that screenings can be compared.
Confidence is the score of a viewer's strongest emotion; below 0 are those who were abstained."""
LEAST: Final = 10
"""Screenings from which on there is a reference."""
SELDOM: Final = 0.05
"""What at most so many of the reference differ from the others by is out of the usual."""


class Profile(msgspec.Struct, frozen=True):
    """How sure the network was in one screening, and what the faces were like."""

    counts: dict[str, tuple[float, ...]]
    """By measure, viewers in each bin of `BINS`; a viewer is one in all, spread over the bins in
    which it was seen. Measures that nobody has are left out."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """By how much one measure differs from the reference."""

    name: str
    psi: float
    """Population stability index, 0 or more."""
    by_chance: float
    """What it would be on average if nothing differed, of so few viewers."""
    as_large: int
    """Screenings of the reference that differ from the others of it by as much, or more."""
    screenings: int
    """Of the reference, those that have the measure."""

    @property
    def beyond_chance(self) -> float:
        """What the index has over chance, 0 or more."""
        return max(0.0, self.psi - self.by_chance)

    @property
    def verdict(self) -> Verdict:
        """In the conventional words."""
        return verdict(self.beyond_chance)

    @property
    def is_usual(self) -> bool:
        """Whether screenings of the reference differ among themselves by as much."""
        return self.as_large > SELDOM * self.screenings


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """By how much a screening differs from earlier ones."""

    screenings: int
    """Of the reference."""
    shifts: list[Shift]
    """In the order of `BINS`, those that this screening and `LEAST` of the reference have."""

    @property
    def missing(self) -> int:
        """How many screenings more are needed for a reference; 0 if none."""
        return max(0, LEAST - self.screenings)

    @property
    def confidence(self) -> Shift | None:
        """What a badge is about; None if it can't be told."""
        return next((shift for shift in self.shifts if shift.name == CONFIDENCE), None)


def profile(rows: Sequence[Row], k: int) -> Profile:
    """Sum up a screening; seconds that may not be shown contribute nothing.

    Args:
        rows: all of them.
        k: smallest cell of the screening.
    """
    seen: dict[str, list[tuple[int, float]]] = {name: [] for name in BINS}
    for row in rows:
        for viewer in row.people if is_shown(row, k) else ():
            for name, value in _measured(viewer).items():
                seen[name].append((viewer.id, value))
    return Profile({name: _spread(pairs, BINS[name]) for name, pairs in seen.items() if pairs})


def drift(of: Profile, past: Sequence[Profile]) -> Drift:
    """Hold a screening against earlier ones.

    Args:
        of: the screening.
        past: those that can be compared with it. Each weighs the same, however large its audience.
    """
    return Drift(
        screenings=len(past),
        shifts=[
            _shift(name, np.array(of.counts[name]), np.array(reference))
            for name in BINS
            if name in of.counts
            for reference in [[one.counts[name] for one in past if name in one.counts]]
            if len(reference) >= LEAST
        ],
    )


def _measured(viewer: Viewer) -> dict[str, float]:
    found: dict[str, float] = {}
    if not viewer.excluded:
        found[CONFIDENCE] = max(viewer.emotion) / QUANTUM if viewer.emotion else -1.0
    if viewer.quality:
        names, values = Quality.__struct_fields__, astuple(viewer.quality)
        found |= {n: v / unit for n, v, unit in zip(names, values, QUALITY_UNITS, strict=True)}
    if viewer.pose:
        found |= {"yaw": viewer.pose[0], "pitch": viewer.pose[1]}
    return found


def _spread(pairs: Sequence[tuple[int, float]], edges: tuple[float, ...]) -> tuple[float, ...]:
    """Count viewers by bin, each as one in all."""
    viewers, values = np.array(pairs).T
    _, places, seconds = np.unique(viewers, return_inverse=True, return_counts=True)
    bins = np.searchsorted(edges, values, side="right")
    found = np.bincount(bins, weights=1 / seconds[places], minlength=len(edges) + 1)
    return tuple(found.round(6).tolist())


def _shift(name: str, counts: Floats, past: Floats) -> Shift:
    """Compare `(b,)` viewers by bin with `(s, b)` those of earlier screenings."""
    psi, by_chance = _index(counts, past)
    others = (
        _index(past[place], np.delete(past, place, axis=0)) for place in range(len(past))
    )  # what is usual among them
    as_large = sum(index - chance >= psi - by_chance for index, chance in others)
    return Shift(name=name, psi=psi, by_chance=by_chance, as_large=as_large, screenings=len(past))


def _index(counts: Floats, past: Floats) -> tuple[float, float]:
    """Return the stability index against the mean of earlier screenings, and that of chance."""
    shares = (past / past.sum(axis=1, keepdims=True)).mean(axis=0)
    reference = shares * past.sum()
    is_used = counts + reference > 0
    chance = psi_by_chance(counts.sum(), reference.sum(), int(is_used.sum()))
    return mix_psi(reference[is_used], counts[is_used]), chance
