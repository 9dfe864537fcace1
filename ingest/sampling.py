"""Which frames are kept, and at what time: by presentation time, in exact arithmetic.

Two small machines that know only numbers. `Playhead` turns the timestamps of a file, which may be
missing, repeated or jump, into strictly increasing times on the content's playhead. `Sampler`
keeps at most one frame per slot of 1/fps seconds.
"""

import math
from fractions import Fraction
from typing import NamedTuple

MAX_JUMP_S = 24 * 3600
"""A timestamp further ahead than this is not believed: the frame counts as failed, `bad_time`."""

_RESTART_S = Fraction(1, 2)
"""A step back of more than this is a new beginning (files joined together), not a glitch."""

_ROUNDING_S = Fraction(1, 1000)
"""Containers such as Matroska round times to a millisecond."""


class Placed(NamedTuple):
    """Where a frame lies on the playhead."""

    time_s: Fraction
    believed: bool
    """False if the frame's own timestamp was refused, so that its time is only nominal."""


class Playhead:
    """Strictly increasing times on the content's playhead, in seconds.

    - The first frame defines time 0 unless `start_s` (the stream's start) does; the offset is
      added to every time.
    - A missing timestamp continues by one nominal interval.
    - A small step back or a repeated timestamp continues by half an interval, so that the
      playhead falls back into step with the timestamps that follow.
    - A step back of more than half a second is a new beginning: it continues by one interval, and
      all that follows moves along.
    - A step ahead of more than a day is refused, and continues by one nominal interval.
    """

    def __init__(self, start_s: Fraction | None, interval_s: Fraction, offset_ms: int) -> None:
        self._start_s = start_s
        self._interval_s = interval_s
        self._shift_s = Fraction(offset_ms, 1000)
        self._previous_s: Fraction | None = None

    @property
    def next_s(self) -> Fraction:
        """Where a frame without a timestamp would lie."""
        return self._shift_s if self._previous_s is None else self._previous_s + self._interval_s

    def place(self, pts_s: Fraction | None) -> Placed:
        """Give the next frame, in order of showing, its time."""
        placed = Placed(self.next_s, believed=True) if pts_s is None else self._place(pts_s)
        self._previous_s = placed.time_s
        return placed

    def _place(self, pts_s: Fraction) -> Placed:
        if self._start_s is None:
            self._start_s = pts_s
        time_s = pts_s - self._start_s + self._shift_s
        if time_s - self.next_s > MAX_JUMP_S:
            return Placed(self.next_s, believed=False)
        if self._previous_s is None or time_s > self._previous_s:
            return Placed(time_s, believed=True)
        if self._previous_s - time_s <= _RESTART_S:
            return Placed(self._previous_s + self._interval_s / 2, believed=True)
        self._shift_s += self.next_s - time_s
        return Placed(self.next_s, believed=True)


class Sampler:
    """Keeps the first frame of every slot of 1/fps seconds, so at most `fps` in a second."""

    def __init__(self, fps: float) -> None:
        self._fps = Fraction(fps).limit_denominator(1000)
        self._last_slot = -1
        self._last_ms = -1

    def keep(self, time_s: Fraction) -> int | None:
        """Return the frame's time in whole milliseconds if it is kept, else None.

        Args:
            time_s: time on the playhead, later than that of the call before; what lies before 0
                is never kept.
        """
        slot, time_ms = self._slot(time_s), math.floor(time_s * 1000)
        if slot <= self._last_slot or time_ms <= self._last_ms:
            return None
        self._last_slot, self._last_ms = slot, time_ms
        return time_ms

    def _slot(self, time_s: Fraction) -> int:
        """Number the slots; a time just short of a slot belongs to it, but never across a second.

        Without this, 30 fps rounded to milliseconds (0, 33, 67, …) would miss every third slot.
        """
        rounded_s = time_s + _ROUNDING_S
        same_second = math.floor(rounded_s) == math.floor(time_s)
        return math.floor((rounded_s if same_second else time_s) * self._fps)
