"""Threads that live and die together: if one fails, all are told to stop."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

logger = logging.getLogger(__name__)


class Crew:
    """The threads of one process; use it in a `with` block, which waits for them."""

    def __init__(self, stop: Event, failed: Event) -> None:
        """Start without any.

        Args:
            stop: what tells them to end; set when one fails, or when the block is left.
            failed: set when one fails, for those who wait for other things.
        """
        self.stop = stop
        self._failed = failed
        self._threads: list[Thread] = []
        self._errors: list[BaseException] = []

    def start(self, name: str, work: Callable[[], None]) -> None:
        """Run `work` in a thread."""
        thread = Thread(target=self._guarded, args=(name, work), name=name)
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for all, in the order of their start; raise the first error of theirs."""
        self.stop.set()
        for thread in self._threads:
            thread.join()
        if self._errors and error is None:
            raise self._errors[0]

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            logger.exception("%s failed", name)
            self._errors.append(error)
            self._failed.set()
            self.stop.set()
