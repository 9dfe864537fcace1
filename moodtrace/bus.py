"""The bus between the stages on one machine: a bounded topic that blocks its producer."""

from collections import deque
from collections.abc import Iterator
from threading import Condition
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Mode = Literal["live", "batch"]
"""How frames travel: `live` ones are worth nothing when they are old; `batch` ones, of recorded
footage, wait, and none is dropped."""


class TopicClosedError(Exception):
    """The consumer has left; nothing more is wanted."""


class Topic(Generic[T]):
    """Carries items from one thread to another, in order, at most `max_items` at a time.

    Replay blocks and drops nothing, so a full topic makes `send` wait.
    """

    def __init__(self, max_items: int) -> None:
        self._max_items = max_items
        self._items: deque[T] = deque()
        self._changed = Condition()
        self._closed = False
        self._abandoned = False
        self._error: BaseException | None = None

    def send(self, item: T) -> None:
        """Add an item; wait while the topic is full.

        Raises:
            TopicClosedError: The consumer has left.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < self._max_items or self._abandoned)
            if self._abandoned:
                raise TopicClosedError
            self._items.append(item)
            self._changed.notify_all()

    def close(self, error: BaseException | None = None) -> None:
        """Say that nothing more comes; an `error` is raised at the consumer after the last item."""
        with self._changed:
            self._closed, self._error = True, error
            self._changed.notify_all()

    def abandon(self) -> None:
        """Say that nobody reads any more: a waiting producer gets `TopicClosedError`."""
        with self._changed:
            self._abandoned = True
            self._items.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        """Give out items until the producer closes the topic."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._items or self._closed)
                if not self._items:
                    if self._error is not None:
                        raise self._error
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
