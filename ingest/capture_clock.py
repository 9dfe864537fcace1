"""When was a picture taken? Three clocks that disagree become one that only rises; reads none.

- Arrival is this machine's clock, so it is the right time, but late by the way and jittery.
- The camera's clock, which its sender reports tell, is even, but may be wrong, drift or be set.
- The stream's own timestamps are even too, begin anywhere, and may be missing or jump.

A picture can't arrive before it is taken. So the least difference between arrival and another
clock, over the last seconds, is what that clock is off by, plus the shortest way. The time of a
picture is its even clock plus this difference, as in RFC 5905's clock filter and in the buffers
against jitter of every player. How long the shortest way is, only a camera can tell whose clock
is right: such a one is taken at its word while the first differences are gathered, and what they
say then stands, for a later change is more likely drift.
"""

from collections import deque
from typing import Final, Literal, NamedTuple

JUMP_MS: Final = 500
"""A clock that leaves its difference by more was set, or the stream began anew."""
WINDOW_MS: Final = 10_000
"""How long the least difference is looked for."""
SLEW: Final = 0.001
"""How fast a difference may grow: five times the drift of a bad quartz, 200 ppm."""
LONGEST_STALL_MS: Final = 10_000
"""A picture that seems to come later than this does so by a jump: reading gives up before."""
LONGEST_WAY_MS: Final = 2_000
"""A camera's clock that makes the way longer than this, or negative, is not the right time."""
MOST_MS: Final = 1e14
"""A clock further from 1970 than three thousand years says nothing."""


class CaptureTime(NamedTuple):
    """What one picture is stamped with."""

    capture_ms: int
    """Unix time in ms, later than that of the picture before."""
    clock: Literal["rtcp", "arrival"]
    jump_ms: int
    """By how much the clock behind it jumped; 0 if it did not."""


class CaptureClock:
    """Stamps pictures in order of decoding; order never comes from a timestamp."""

    def __init__(self) -> None:
        self._camera = _Difference()
        self._stream = _Difference()
        self._way_ms = 0.0
        self._last_ms = -1

    def stamp(
        self, arrival_ms: float, *, pts_ms: float | None, camera_ms: float | None
    ) -> CaptureTime:
        """Stamp the next picture.

        Args:
            arrival_ms: Unix time at which it came.
            pts_ms: its timestamp in the stream, from any beginning.
            camera_ms: Unix time at which it was taken, as the camera believes.
        """
        even_ms, jump_ms = arrival_ms - self._way_ms, 0
        if pts_ms is not None and abs(pts_ms) < MOST_MS:
            even_ms, jump_ms = self._stream.add(pts_ms, arrival_ms)
            even_ms -= self._way_ms
        clock: Literal["rtcp", "arrival"] = "arrival"
        if camera_ms is not None and abs(camera_ms) < MOST_MS:
            clock = "rtcp"
            even_ms, jump_ms = self._camera.add(camera_ms, arrival_ms)
            if not self._camera.settled:
                way_ms = self._camera.difference_ms
                self._way_ms = way_ms if 0 <= way_ms <= LONGEST_WAY_MS else 0.0
            even_ms -= self._way_ms
        self._last_ms = max(int(even_ms), self._last_ms + 1)
        return CaptureTime(self._last_ms, clock, jump_ms)


class _Difference:
    """By how much a clock is behind arrival, at least."""

    def __init__(self) -> None:
        self.difference_ms = 0.0
        self.settled = False
        """Whether it was once watched for a whole window."""
        self._started_ms: float | None = None
        self._last_ms = 0.0
        self._last_arrival_ms = 0.0
        self._least: deque[tuple[float, float]] = deque()
        """Arrivals and differences, both rising: each is the least from its arrival on."""

    def add(self, clock_ms: float, arrival_ms: float) -> tuple[float, int]:
        """Take a reading; return it in terms of arrival, and by how much the clock jumped."""
        difference_ms = arrival_ms - clock_ms
        before_ms = difference_ms if self._started_ms is None else self.difference_ms
        if self._started_ms is None or self._is_elsewhere(clock_ms, difference_ms):
            self._start(difference_ms, arrival_ms)
        else:
            self._follow(difference_ms, arrival_ms)
        self._last_ms, self._last_arrival_ms = clock_ms, arrival_ms
        change_ms = before_ms - self.difference_ms
        return clock_ms + self.difference_ms, round(change_ms) if abs(change_ms) > JUMP_MS else 0

    def _is_elsewhere(self, clock_ms: float, difference_ms: float) -> bool:
        """Tell whether the clock was set, or the picture would come out of the future."""
        change_ms = difference_ms - self.difference_ms
        went_back = clock_ms < self._last_ms - JUMP_MS
        return went_back or change_ms < -JUMP_MS or change_ms > LONGEST_STALL_MS

    def _start(self, difference_ms: float, arrival_ms: float) -> None:
        self.difference_ms = difference_ms
        self._started_ms = arrival_ms
        self._least.clear()
        self._least.append((arrival_ms, difference_ms))

    def _follow(self, difference_ms: float, arrival_ms: float) -> None:
        least_ms = self._least_of_window(difference_ms, arrival_ms)
        rise_ms = SLEW * max(0.0, arrival_ms - self._last_arrival_ms)
        if least_ms - self.difference_ms > JUMP_MS:
            self._start(least_ms, arrival_ms)
        else:
            self.difference_ms = min(least_ms, self.difference_ms + rise_ms)

    def _least_of_window(self, difference_ms: float, arrival_ms: float) -> float:
        assert self._started_ms is not None
        self.settled = self.settled or arrival_ms - self._started_ms >= WINDOW_MS
        while self._least and self._least[-1][1] >= difference_ms:
            self._least.pop()
        self._least.append((arrival_ms, difference_ms))
        while self._least[0][0] < arrival_ms - WINDOW_MS:
            self._least.popleft()
        return self._least[0][1]
