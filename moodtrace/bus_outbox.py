"""What waits for the brokers and what is on its way there, both within bounds.

Knows nothing of Kafka: entries are taken into flight by whoever carries them, and land when their
fate is known.
"""

from collections import deque
from dataclasses import dataclass, replace
from threading import Condition
from typing import Final, Generic, Literal, TypeVar

from moodtrace.bus import TopicClosedError

T = TypeVar("T")

MAX_IN_FLIGHT: Final = 500
MAX_IN_FLIGHT_BYTES: Final = 16 << 20
"""On the way and not acknowledged; enough for a full batch of every partition, and the next."""

WhenFull = Literal["drop_oldest", "wait"]


@dataclass(slots=True, eq=False)
class Entry(Generic[T]):
    """A message on its way."""

    message: T
    """What its sender is told of when its fate is known."""
    key: bytes
    payload: bytes
    at_ms: int
    """Unix time of what it tells of."""


class Outbox(Generic[T]):
    """Entries in order, from any thread to one carrier."""

    def __init__(self, when_full: WhenFull, max_messages: int, max_bytes: int) -> None:
        """Begin empty and open.

        Args:
            when_full: `drop_oldest`: make room; `wait`: block.
            max_messages: how many may wait.
            max_bytes: how many bytes may wait; a single entry may be larger.
        """
        self._when_full = when_full
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._changed = Condition()
        self._waiting: deque[Entry[T]] = deque()
        self._waiting_bytes = 0
        self._in_flight: dict[Entry[T], None] = {}  # a set that keeps its order
        self._in_flight_bytes = 0
        self._closed = False

    def __len__(self) -> int:
        """Return how many entries wait or are in flight."""
        with self._changed:
            return len(self._waiting) + len(self._in_flight)

    @property
    def in_flight(self) -> int:
        """Entries taken and not landed."""
        with self._changed:
            return len(self._in_flight)

    def put(self, entry: Entry[T]) -> list[Entry[T]]:
        """Add an entry; return those dropped for it, oldest first.

        Raises:
            TopicClosedError: The outbox was closed.
        """
        dropped: list[Entry[T]] = []
        with self._changed:
            if self._when_full == "wait":
                self._changed.wait_for(lambda: self._fits(entry) or self._closed)
            if self._closed:
                raise TopicClosedError
            while not self._fits(entry):
                dropped.append(self._pop())
            self._waiting.append(entry)
            self._waiting_bytes += len(entry.payload)
            self._changed.notify_all()
        return dropped

    def take(self, timeout_s: float) -> Entry[T] | None:
        """Take the oldest waiting entry into flight; None if none may fly in time."""
        with self._changed:
            if not self._changed.wait_for(self._may_fly, timeout_s):
                return None
            entry = self._pop()
            self._in_flight[entry] = None
            self._in_flight_bytes += len(entry.payload)
            self._changed.notify_all()
            return entry

    def put_back(self) -> None:
        """Let all that is in flight wait again, in front of the others and in order.

        They wait as new entries: what is still said of the old ones counts no more.
        """
        with self._changed:
            self._waiting.extendleft(replace(entry) for entry in reversed(self._in_flight))
            self._waiting_bytes += self._in_flight_bytes
            self._in_flight.clear()
            self._in_flight_bytes = 0

    def land(self, entry: Entry[T]) -> bool:
        """End the flight of an entry; False if it has ended already."""
        with self._changed:
            if entry not in self._in_flight:
                return False
            del self._in_flight[entry]
            self._in_flight_bytes -= len(entry.payload)
            self._changed.notify_all()
            return True

    def wait_until_empty(self, timeout_s: float) -> bool:
        """Wait until nothing waits or flies; False if that takes too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and not self._in_flight, timeout_s
            )

    def close(self) -> None:
        """Take nothing more; whoever blocks in `put` gets `TopicClosedError`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def clear(self) -> list[Entry[T]]:
        """Take everything out and return it, oldest first."""
        with self._changed:
            rest = [*self._in_flight, *self._waiting]
            self._in_flight.clear()
            self._waiting.clear()
            self._in_flight_bytes = self._waiting_bytes = 0
            self._changed.notify_all()
        return rest

    def _fits(self, entry: Entry[T]) -> bool:
        return not self._waiting or (
            len(self._waiting) < self._max_messages
            and self._waiting_bytes + len(entry.payload) <= self._max_bytes
        )

    def _may_fly(self) -> bool:
        if not self._waiting or not self._in_flight:
            return bool(self._waiting)
        size = self._in_flight_bytes + len(self._waiting[0].payload)
        return len(self._in_flight) < MAX_IN_FLIGHT and size <= MAX_IN_FLIGHT_BYTES

    def _pop(self) -> Entry[T]:
        entry = self._waiting.popleft()
        self._waiting_bytes -= len(entry.payload)
        return entry
