"""Threads that run beside a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def beside(run: Callable[[Event], None]) -> Iterator[None]:
    """Call `run` in a thread, whose event is set at the end of the block; wait until it returns."""
    stop = Event()
    thread = Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
