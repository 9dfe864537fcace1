"""How good the data of a screening are, A to D, what is wrong with them, and what to do then."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from moodtrace.exclusions import advice_on
from moodtrace.ledger import LATE, CameraLedger, Ledger
from moodtrace.measures import expressive
from moodtrace.metrics import coverage, excluded, is_shown, once
from moodtrace.screening import Screening
from moodtrace.timeline import Row

Letter = Literal["A", "B", "C", "D"]
LETTERS: Final[tuple[Letter, ...]] = ("A", "B", "C", "D")


class Part(msgspec.Struct, frozen=True):
    """One thing that the data can be good or bad in."""

    name: str
    grade: Letter
    value: float
    """A share of 0 to 1, viewers, or milliseconds."""
    words: str
    """What it is."""
    try_this: str
    """What to do about it; empty for A."""


class Quality(msgspec.Struct, frozen=True):
    """How good the data are."""

    grade: Letter
    """The worst of its parts."""
    parts: list[Part]
    """Those that are known."""


class _Limits(NamedTuple):
    """Where A, B and C end."""

    limits: tuple[float, float, float]
    most_is_best: bool

    def grade(self, value: float) -> Letter:
        sign = 1 if self.most_is_best else -1
        passed = [sign * value >= sign * limit for limit in self.limits]
        return LETTERS[passed.index(True)] if any(passed) else "D"


LIMITS: Final = {
    "coverage": _Limits((0.85, 0.75, 0.5), True),
    "viewers": _Limits((150, 75, 30), True),
    "data": _Limits((0.99, 0.95, 0.8), True),
    "sync": _Limits((40, 200, 500), False),
    "late": _Limits((0.01, 0.05, 0.2), False),
    "lost": _Limits((0.01, 0.05, 0.2), False),
}
"""docs/reference/metrics.md says where they are from."""


def quality(
    screening: Screening, rows: Sequence[Row], ledger: Ledger, sync_ms: float | None = None
) -> Quality:
    """Grade the data of a screening.

    Args:
        screening: the record.
        rows: all of its rows.
        ledger: what became of its frames.
        sync_ms: by how much its cameras and the content may lie apart; None if that is not known.
    """
    shown = [row for row in rows if is_shown(row, screening.k)]
    found = [_viewers(shown, screening.k), _data(rows)]
    if (covered := coverage(shown)) is not None:
        found.append(_coverage(covered, shown))
    if any(counts.captured for counts in ledger.values()):
        found += [_late(ledger), _lost(ledger)]
    if sync_ms is not None:
        found.append(_sync(sync_ms))
    return Quality(max(part.grade for part in found), found)


def _coverage(covered: float, shown: Sequence[Row]) -> Part:
    commonest = next(iter(excluded(shown)), "")
    words = f"{covered:.0%} of the viewers seen could be scored"
    return _part("coverage", covered, words, advice_on(commonest) or "see why faces are left out")


def _viewers(shown: Sequence[Row], k: int) -> Part:
    known = once(shown, expressive, k).known
    return _part("viewers", known, f"{known} viewers were scored", "show it to more people")


def _data(rows: Sequence[Row]) -> Part:
    share = sum(not row.gap for row in rows) / len(rows) if rows else 0.0
    words = f"{share:.0%} of the seconds have data"
    return _part("data", share, words, "look at the reasons of the gaps, and at the cameras' state")


def _late(ledger: Ledger) -> Part:
    share = _share(ledger, lambda counts: counts.dropped.get(LATE, 0))
    words = f"{share:.1%} of the frames came too late"
    return _part("late", share, words, "analyse fewer frames per second, or on more machines")


def _lost(ledger: Ledger) -> Part:
    share = _share(
        ledger,
        lambda counts: (
            sum(counts.dropped.values()) - counts.dropped.get(LATE, 0) + sum(counts.failed.values())
        ),
    )
    words = f"{share:.1%} of the frames were dropped or could not be read"
    return _part("lost", share, words, "look at the reasons in the ledger of each camera")


def _sync(sync_ms: float) -> Part:
    words = f"cameras and content lie {sync_ms:.0f} ms apart at most"
    return _part("sync", sync_ms, words, "calibrate the cameras: moodtrace camera calibrate")


def _part(name: str, value: float, words: str, try_this: str) -> Part:
    grade = LIMITS[name].grade(value)
    return Part(name, grade, value, words, "" if grade == "A" else try_this)


def _share(ledger: Ledger, count: Callable[[CameraLedger], int]) -> float:
    """Return a share of the frames captured, over all cameras."""
    captured = sum(counts.captured for counts in ledger.values())
    return sum(map(count, ledger.values())) / captured
