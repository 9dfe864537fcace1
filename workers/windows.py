"""Open seconds of one live timeline: collects frames until a second is complete; knows no clock.

A second is complete once every camera that still sends has gone on for longer than `grace_ms`:
frames may come out of order by that much. A camera that is idle holds nobody up, unless frames of
it are known to be on their way: a network or a broker that was away brings them later.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from typing import Final

from moodtrace.clock import second_of
from moodtrace.messages import Scored

GRACE_MS: Final = 5_000
"""How far out of order frames may come, on the playhead; later ones are counted, not shown."""
IDLE_MS: Final = 2_000
"""A camera that sent nothing for so long does not hold the others up."""
OWED_MS: Final = 60_000
"""So long is waited for frames that were captured and are on their way."""


@dataclass
class _Camera:
    newest_ms: int
    """Furthest that it came on the playhead."""
    heard_ms: int
    """When it was last heard of."""


@dataclass
class Windows:
    """The seconds that are still open; times of arrival are given from outside, in ms."""

    opened_ms: int
    """When these windows began to listen."""
    next_second: int = 0
    """First second that is not closed."""
    grace_ms: int = GRACE_MS
    idle_ms: int = IDLE_MS
    _open: dict[int, dict[tuple[str, int, int], Scored]] = field(default_factory=dict)
    """By second and identity: a frame that comes again changes nothing."""
    _cameras: dict[str, _Camera] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Frames in seconds that are not closed."""
        return sum(map(len, self._open.values()))

    def add(self, message: Scored, now_ms: int) -> bool:
        """Take a frame.

        Args:
            message: in any order.
            now_ms: time of arrival, on a clock that never goes back.

        Returns:
            False if its second is closed already: it came too late.
        """
        camera = self._cameras.setdefault(message.camera_id, _Camera(message.pts_ms, now_ms))
        camera.newest_ms = max(camera.newest_ms, message.pts_ms)
        camera.heard_ms = now_ms
        second = second_of(message.pts_ms)
        if second < self.next_second:
            return False
        identity = message.camera_id, message.source_epoch, message.seq
        self._open.setdefault(second, {})[identity] = message
        return True

    def waiting_of(self, camera_id: str) -> int:
        """Return how many frames of a camera are in seconds that are not closed."""
        return sum(
            message.camera_id == camera_id
            for frames in self._open.values()
            for message in frames.values()
        )

    def due(
        self, now_ms: int, playhead_ms: int | None = None, owed: Set[str] = frozenset()
    ) -> list[tuple[int, list[Scored]]]:
        """Close the seconds that are complete, in order; those without a frame are not named.

        Args:
            now_ms: on the clock of `add`.
            playhead_ms: where the content stands, if it plays: when every camera is silent,
                seconds go by all the same.
            owed: cameras of which frames are on their way.
        """
        return self._close(self._complete_until(now_ms, playhead_ms, owed))

    def close(self) -> list[tuple[int, list[Scored]]]:
        """Close all that is open, in order: nothing more comes."""
        return self._close(max(self._open, default=self.next_second - 1) + 1)

    def _complete_until(self, now_ms: int, playhead_ms: int | None, owed: Set[str]) -> int:
        """Return the first second that may still get frames."""
        if owed - self._cameras.keys() and now_ms - self.opened_ms < OWED_MS:
            return self.next_second
        sending = [
            camera
            for name, camera in self._cameras.items()
            if now_ms - camera.heard_ms < (OWED_MS if name in owed else self.idle_ms)
        ]
        if sending:
            return second_of(min(camera.newest_ms for camera in sending) - self.grace_ms)
        heard_ms = max((c.heard_ms for c in self._cameras.values()), default=self.opened_ms)
        if now_ms - heard_ms < self.grace_ms:
            return self.next_second
        passed = 0 if playhead_ms is None else second_of(playhead_ms - self.grace_ms)
        return max(max(self._open, default=self.next_second - 1) + 1, passed)

    def _close(self, until: int) -> list[tuple[int, list[Scored]]]:
        seconds = sorted(second for second in self._open if second < until)
        self.next_second = max(self.next_second, until)
        return [(second, list(self._open.pop(second).values())) for second in seconds]
