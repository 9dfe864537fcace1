"""The bus of live frames on one machine: a bounded topic that drops the oldest, fair to cameras."""

from collections import deque
from collections.abc import Callable, Iterator
from threading import Condition
from typing import Final, Generic, TypeVar

from moodtrace.bus import TopicClosedError

T = TypeVar("T")

OVERLOAD: Final = "overload"
"""Drop reason of items that came faster than they were taken."""

ABANDONED: Final = "abandoned"
"""Drop reason of items that nobody was left to take."""


class LiveTopic(Generic[T]):
    """Carries items of several cameras from their threads to others; `send` never waits.

    A full topic drops the oldest item of the camera that takes up most of it, so that a camera
    which sends too much harms itself alone. Every item that is sent is either taken or told to
    `dropped`, exactly once; items of one camera stay in order.
    """

    def __init__(
        self,
        *,
        max_items: int,
        max_bytes: int,
        camera_of: Callable[[T], str],
        bytes_of: Callable[[T], int],
        dropped: Callable[[T, str], None],
    ) -> None:
        """Start empty.

        Args:
            max_items: of all cameras together, at least 1.
            max_bytes: the same; an item that is larger by itself is dropped.
            camera_of: whose item it is.
            bytes_of: how large it is.
            dropped: told each item that is dropped and why; called by the thread that sends,
                expires or abandons.
        """
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._camera_of = camera_of
        self._bytes_of = bytes_of
        self._dropped = dropped
        self._lanes: dict[str, _Lane[T]] = {}
        """By camera; the one whose turn it is comes first, and none is empty."""
        self._items = 0
        self._bytes = 0
        self._changed = Condition()
        self._closed = False
        self._abandoned = False
        self._error: BaseException | None = None

    def send(self, item: T) -> None:
        """Add an item, and drop old ones for it if the topic is full.

        Raises:
            TopicClosedError: The consumer has left; the item counts nowhere.
        """
        with self._changed:
            if self._abandoned:
                raise TopicClosedError
            self._put(item)
            overflow = []
            while self._items > self._max_items or self._bytes > self._max_bytes:
                overflow.append(self._pop(self._fullest()))
            self._changed.notify_all()
        for old in overflow:
            self._dropped(old, OVERLOAD)

    def take(self, max_items: int, timeout_s: float) -> list[T] | None:
        """Take the oldest items, one of each camera in turn.

        Args:
            max_items: most that are wanted, at least 1.
            timeout_s: how long to wait for the first one, in seconds.

        Returns:
            Empty if none came in time; None if nothing more will ever come.

        Raises:
            BaseException: what the producer gave to `close`, after the last item.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._lanes or self._closed, timeout_s)
            if self._closed and not self._lanes:
                if self._error is not None:
                    raise self._error
                return None
            return [self._pop_in_turn() for _ in range(min(max_items, self._items))]

    def expire(self, is_over: Callable[[T], bool], reason: str) -> None:
        """Drop the oldest items of every camera, up to the first of it that is not over yet."""
        with self._changed:
            over = [item for camera in list(self._lanes) for item in self._over(camera, is_over)]
        for item in over:
            self._dropped(item, reason)

    def close(self, error: BaseException | None = None) -> None:
        """Say that nothing more comes; an `error` is raised at the consumer after the last item."""
        with self._changed:
            self._closed, self._error = True, error
            self._changed.notify_all()

    def abandon(self) -> None:
        """Say that nobody takes any more: what is left is dropped, producers get an error."""
        with self._changed:
            self._abandoned = True
            rest = [self._pop_in_turn() for _ in range(self._items)]
        for item in rest:
            self._dropped(item, ABANDONED)

    def __len__(self) -> int:
        """Return how many items wait to be taken."""
        return self._items

    def _put(self, item: T) -> None:
        lane = self._lanes.setdefault(self._camera_of(item), _Lane())
        size = self._bytes_of(item)
        lane.items.append((item, size))
        lane.bytes += size
        self._items += 1
        self._bytes += size

    def _pop(self, camera: str) -> T:
        lane = self._lanes[camera]
        item, size = lane.items.popleft()
        lane.bytes -= size
        self._items -= 1
        self._bytes -= size
        if not lane.items:
            del self._lanes[camera]
        return item

    def _pop_in_turn(self) -> T:
        camera = next(iter(self._lanes))
        item = self._pop(camera)
        if camera in self._lanes:
            self._lanes[camera] = self._lanes.pop(camera)
        return item

    def _over(self, camera: str, is_over: Callable[[T], bool]) -> Iterator[T]:
        while camera in self._lanes and is_over(self._lanes[camera].items[0][0]):
            yield self._pop(camera)

    def _fullest(self) -> str:
        """Return who has most of what there is too much of."""
        if self._items > self._max_items:
            return max(self._lanes, key=lambda camera: len(self._lanes[camera].items))
        return max(self._lanes, key=lambda camera: self._lanes[camera].bytes)


class _Lane(Generic[T]):
    """What waits of one camera."""

    def __init__(self) -> None:
        self.items: deque[tuple[T, int]] = deque()
        self.bytes = 0
