"""Frames a second of each camera over the last minutes, in the memory of this process alone.

It fills while somebody, anybody, looks at the page of cameras; nothing of it is stored.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Final

from moodtrace.cameras import CameraStatus

KEPT: Final = 90
EVERY_MS: Final = 1_500
"""Several people who look at once don't make time run faster."""


class CameraHistory:
    """What was seen of cameras; any number of threads may look and note."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = Lock()
        self._fps: dict[str, deque[float]] = {}
        self._noted_ms: int | None = None

    def noted(self, statuses: Iterable[CameraStatus], at_ms: int) -> Mapping[str, Sequence[float]]:
        """Note how cameras fare, unless that was done a moment ago; return all by camera.

        Args:
            statuses: of all cameras there are; others are forgotten.
            at_ms: on a clock that never goes back.
        """
        with self._lock:
            if self._noted_ms is None or at_ms - self._noted_ms >= EVERY_MS:
                self._noted_ms = at_ms
                before = self._fps
                self._fps = {}
                for status in statuses:
                    self._fps[status.name] = before.get(status.name, deque(maxlen=KEPT))
                    self._fps[status.name].append(status.fps if status.state == "live" else 0.0)
            return {name: list(fps) for name, fps in self._fps.items()}
