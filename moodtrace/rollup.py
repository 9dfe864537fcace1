"""Rows of 10 and 60 seconds beside those of one: what long screenings are read by.

A bucket is made of nothing but what its seconds show: a second that is withheld, and a segment that
is withheld in a second, add to no figure of it. So every sum and difference over buckets is one
over seconds, and tells of nobody of whom they don't.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal

import msgspec
import numpy as np

from moodtrace.labels import EMOTIONS
from moodtrace.metrics import is_shown
from moodtrace.small_cells import WITHHELD, segments
from moodtrace.timeline import Cell, Row
from moodtrace.uncertainty import Interval, wilson_bands

LENGTHS_S: Final = (10, 60)
"""Lengths of buckets, each a multiple of the one before; they begin at multiples of it."""

Status = Literal["ok", "gap", "suppressed"]


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Some neighbouring seconds of one screening, as far as they may be shown.

    Fields that end in `_s` count viewer-seconds: a viewer in one second. A share is of these, over
    the whole bucket: `showing_s / usable_s`. So every viewer-second weighs the same; a mean of the
    shares of its seconds would give more weight to whoever is seen among few.
    """

    start: int
    """Its first second."""
    seconds: int
    """Seconds that it holds: its length, less where the content ends."""
    covered: int = 0
    """Of these, seconds that are shown: all below is of them alone."""
    withheld: int = 0
    """Seconds with viewers, but too few to be shown."""
    gaps: dict[str, int] = {}
    """Seconds without data, by reason."""
    frames: int = 0
    cameras: int = 0
    """Cameras that gave a frame, in the second with most."""
    faces: int = 0
    viewers: int = 0
    """Viewers seen, each once."""
    usable: int = 0
    """Viewers who could be scored in a second or more, each once."""
    seen_s: int = 0
    usable_s: int = 0
    excluded_s: dict[str, int] = {}
    """By reason."""
    showing_s: tuple[int, ...] = (0,) * len(EMOTIONS)
    """Per emotion."""
    abstained_s: int = 0
    expressive_s: int = 0
    answered_s: int = 0
    """Not abstained, in seconds with k such viewers or more."""
    valence_sum: int = 0
    """Over `answered_s`, as in `Row`."""
    arousal_sum: int = 0
    attending_s: int = 0
    posed_s: int = 0
    """Of viewers whose heads tell, in seconds with k such viewers or more."""
    squares: int = 0
    """Sum over viewers of the square of the seconds in which they were usable."""
    age_bands: dict[str, Cell | None] = {}
    """Sums of the seconds in which it is told of a segment; None if it is in none."""
    zones: dict[str, Cell | None] = {}
    by_camera: dict[str, Cell | None] = {}

    @property
    def status(self) -> Status:
        """`ok` if any second is shown; else `suppressed` if any is withheld."""
        if self.covered:
            return "ok"
        return "suppressed" if self.withheld else "gap"

    @property
    def reason(self) -> str:
        """The commonest reason of its gaps; empty without one."""
        return min(self.gaps, key=lambda reason: (-self.gaps[reason], reason), default="")


def rolled(rows: Iterable[Row], length_s: int, k: int) -> list[Bucket]:
    """Return the buckets of some rows.

    Args:
        rows: in order, all viewers in them or those that were chosen (`moodtrace.selection`).
        length_s: of a bucket; 1 or more.
        k: smallest cell of the screening.
    """
    groups = groupby(rows, key=lambda row: row.second // length_s)
    return [_bucket(number * length_s, list(group), k) for number, group in groups]


def ended(recent: Sequence[Row], rows: Sequence[Row], k: int) -> Iterator[tuple[int, Bucket]]:
    """Give out the buckets that end in one of `rows`, each with its length.

    Args:
        recent: the rows before them, from the start of the longest bucket that is open.
        rows: those that are new.
        k: smallest cell of the screening.
    """
    if not rows:
        return
    known, last = [*recent, *rows], rows[-1].second
    for length_s in LENGTHS_S:
        first, until = (second // length_s * length_s for second in (rows[0].second, last + 1))
        within = [row for row in known if first <= row.second < until]
        yield from ((length_s, bucket) for bucket in rolled(within, length_s, k))


def still_open(second: int) -> int:
    """Return the first second of the longest bucket that a second is in."""
    return second // LENGTHS_S[-1] * LENGTHS_S[-1]


def shares(bucket: Bucket) -> list[float | None]:
    """Return the shares of usable viewer-seconds, in `EMOTIONS` order; None if there are none."""
    n = bucket.usable_s
    return [showing_s / n if n else None for showing_s in bucket.showing_s]


def intervals(buckets: Sequence[Bucket]) -> list[list[Interval]]:
    """Return the 95 % intervals of the shares of each bucket, in `EMOTIONS` order; NaN without any.

    Viewers vary, not seconds: at worst a viewer says the same in all of its seconds m. Then
    (Σm)² / Σm² is how many viewers of equal weight would say as much (Kish, "Survey Sampling",
    1965, 11.7), and the interval is Wilson's of so many: wide enough however much the seconds of
    a viewer depend on each other, and that of the second itself in a bucket of one.
    """
    if not buckets:
        return []
    usable_s = np.array([[bucket.usable_s] for bucket in buckets], np.float64)
    squares = np.array([[max(bucket.squares, 1)] for bucket in buckets], np.float64)
    showing_s = np.array([bucket.showing_s for bucket in buckets], np.float64)
    alike = usable_s**2 / squares
    share = np.divide(showing_s, usable_s, out=np.zeros_like(showing_s), where=usable_s > 0)
    lows, highs = wilson_bands(share * alike, alike)
    return [
        [Interval(*ends) for ends in zip(low, high, strict=True)]
        for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
    ]


def _bucket(start: int, rows: Sequence[Row], k: int) -> Bucket:
    shown = [row for row in rows if is_shown(row, k)]
    hidden = [row for row in rows if not is_shown(row, k)]
    gaps = Counter(row.gap for row in hidden if row.gap and row.gap != WITHHELD)
    people = [viewer for row in shown for viewer in row.people]
    times = Counter(viewer.id for viewer in people if not viewer.excluded)
    answered = [row for row in shown if row.usable - row.abstained >= k]
    posed = [row for row in shown if row.posed >= k]
    told = segments(shown, k)
    return Bucket(
        start=start,
        seconds=len(rows),
        covered=len(shown),
        withheld=len(hidden) - gaps.total(),
        gaps=dict(sorted(gaps.items())),
        frames=_sum(shown, lambda row: row.frames),
        cameras=max((row.cameras for row in shown), default=0),
        faces=_sum(shown, lambda row: row.faces),
        viewers=len({viewer.id for viewer in people}),
        usable=len(times),
        seen_s=len(people),
        usable_s=times.total(),
        excluded_s=dict(sorted(Counter(v.excluded for v in people if v.excluded).items())),
        showing_s=_sums(row.showing for row in shown),
        abstained_s=_sum(shown, lambda row: row.abstained),
        expressive_s=_sum(shown, lambda row: row.expressive),
        answered_s=_sum(answered, lambda row: row.usable - row.abstained),
        valence_sum=_sum(answered, lambda row: row.valence_sum),
        arousal_sum=_sum(answered, lambda row: row.arousal_sum),
        attending_s=_sum(posed, lambda row: row.attending),
        posed_s=_sum(posed, lambda row: row.posed),
        squares=sum(seconds**2 for seconds in times.values()),
        age_bands=_cells(found.age_bands for found in told),
        zones=_cells(found.zones for found in told),
        by_camera=_cells(found.by_camera for found in told),
    )


def _sum(rows: Iterable[Row], of: Callable[[Row], int]) -> int:
    return sum(map(of, rows))


def _sums(rows: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True))) or (0,) * len(EMOTIONS)


def _cells(seconds: Iterable[Mapping[str, Cell | None]]) -> dict[str, Cell | None]:
    """Add up the segments of some seconds, each over those in which it is told of it."""
    found: dict[str, list[Cell]] = {}
    for second in seconds:
        for name, cell in second.items():
            found.setdefault(name, []).extend([cell] if cell else [])
    return {name: _added(cells) for name, cells in sorted(found.items())}


def _added(cells: Sequence[Cell]) -> Cell | None:
    if not cells:
        return None
    return Cell(
        usable=sum(cell.usable for cell in cells),
        showing=_sums(cell.showing for cell in cells),
        scores=_sums(cell.scores for cell in cells),
    )
