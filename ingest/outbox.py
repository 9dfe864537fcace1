"""Events on their way to a reader that may be slow; knows nothing of pipes or processes.

The maker never waits. What a slow reader misses is the oldest, and it is counted.
"""

import threading
from collections import deque
from typing import Final

from ingest.live_events import (
    SLOW_READER,
    LiveAlive,
    LiveDropped,
    LiveEnded,
    LiveEvent,
    LiveFailed,
    LiveFrame,
    LiveOpened,
)

MAX_WAITING: Final = 16
"""Three seconds at 5 fps: older pictures are worth less than newer ones."""


class Outbox:
    """A queue between two threads that keeps the newest `max_waiting` events."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._waiting: deque[LiveEvent] = deque()
        self._dropped: dict[str, LiveDropped] = {}
        """By reason."""
        self._opened: LiveOpened | None = None
        self._ended: LiveEnded | None = None
        self._changed = threading.Condition()

    def put(self, event: LiveEvent) -> None:
        """Add an event, at the cost of the oldest one if the box is full."""
        with self._changed:
            self._sort_in(event)
            self._changed.notify()

    def take(self) -> LiveEvent:
        """Take out the next event; wait until there is one. Nothing follows `LiveEnded`."""
        with self._changed:
            self._changed.wait_for(self._something)
            if self._opened:
                opened, self._opened = self._opened, None
                return opened
            if self._dropped:
                return self._dropped.popitem()[1]
            if self._waiting:
                return self._waiting.popleft()
            assert self._ended is not None
            return self._ended

    def _something(self) -> bool:
        return bool(self._opened or self._dropped or self._waiting or self._ended)

    def _sort_in(self, event: LiveEvent) -> None:
        match event:
            case LiveDropped():
                self._drop(event)
            case LiveOpened():
                self._opened = event
            case LiveEnded():
                self._ended = event
            case LiveAlive() if self._waiting:
                pass  # what waits is a sign of life already
            case _:
                self._waiting.append(event)
                self._keep_newest()

    def _keep_newest(self) -> None:
        while len(self._waiting) > self._max_waiting:
            oldest = self._waiting.popleft()
            if isinstance(oldest, LiveFrame | LiveFailed):
                at_ms = oldest.capture_ms
                self._drop(LiveDropped(count=1, reason=SLOW_READER, first_ms=at_ms, last_ms=at_ms))

    def _drop(self, event: LiveDropped) -> None:
        self._dropped[event.reason] = event.with_earlier(self._dropped.get(event.reason))
