"""How old a viewer looks: of each second the median of its frames, then the mean over seconds.

Frames of one second show nearly the same picture, so one that is read absurdly (a hand, a blur) is
left out by the median, and a second weighs the same at any frame rate.
"""

import math
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from moodtrace.labels import QUANTUM
from moodtrace.messages import Face
from moodtrace.rounding import shared_out


class Ages(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was read of one face's age so far: sums over seconds."""

    seconds: int = 0
    """In which it was read."""
    tenths: int = 0
    """Sum of the medians, in tenths of a year."""
    squares: int = 0
    """Sum of their squares."""
    shares: tuple[int, ...] = ()
    """Sum of the shares in the age bands, in thousandths; empty if never read."""

    @property
    def mean_tenths(self) -> int | None:
        """Mean age, in tenths of a year; None if never read."""
        return round(self.tenths / self.seconds) if self.seconds else None

    @property
    def spread_tenths(self) -> int | None:
        """Standard deviation over seconds, in tenths of a year; None if never read."""
        if not self.seconds:
            return None
        return round(math.sqrt(self.seconds * self.squares - self.tenths**2) / self.seconds)

    @property
    def membership(self) -> tuple[int, ...]:
        """Mean share in each age band, in thousandths, 1000 in all; empty if never read."""
        return shared_out(self.shares, QUANTUM) if self.shares else ()


UNREAD = Ages()
"""Of a face whose age was never read."""


def with_second(ages: Ages, faces: Iterable[Face]) -> Ages:
    """Add what was read in one second.

    The second counts as its median face does, or as the mean of both in the middle: its age and its
    shares go together.

    Args:
        ages: read in the seconds before.
        faces: of this second, in any order; those whose age was not read are passed over.
    """
    read = sorted((face.age_tenths, face.age) for face in faces if face.age)
    if not read:
        return ages
    middle = read[(len(read) - 1) // 2 : len(read) // 2 + 1]
    tenths = round(sum(age for age, _ in middle) / len(middle))
    sums = tuple(map(sum, zip(*(shares for _, shares in middle), strict=True)))
    before = ages.shares or (0,) * len(sums)
    return replace(
        ages,
        seconds=ages.seconds + 1,
        tenths=ages.tenths + tenths,
        squares=ages.squares + tenths**2,
        shares=tuple(map(sum, zip(before, shared_out(sums, QUANTUM), strict=True))),
    )
