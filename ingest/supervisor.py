"""All cameras that are wanted, each kept running by itself; knows neither store nor bus."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from random import Random
from threading import Condition, Event
from typing import Final

from ingest.camera_keeper import CameraKeeper, Outlets
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.errors import MoodtraceError

logger = logging.getLogger(__name__)

RECONCILE_EVERY_S: Final = 1.0
TURN_S: Final = 0.2
"""Longest wait for news before anything else is looked at."""


def supervise(wanted: Callable[[], Mapping[str, Camera]], outlets: Outlets, stop: Event) -> None:
    """Read the wanted cameras until `stop` is set; then end them all, within a few seconds.

    A camera that comes, changes or goes does not touch the others.

    Args:
        wanted: cameras by name; asked every second. While it can't tell, the last ones stay.
        outlets: whom cameras ask and tell. `report` is called by this thread alone and may be
            slow: what happens meanwhile to a camera is told in one.
        stop: set from outside.
    """
    news = _News()
    keepers = _Keepers(outlets._replace(report=news.put))
    asking = _Attempt("cameras not known", MoodtraceError)
    reporting = _Attempt("status not reported", Exception)
    reconcile_s = time.monotonic()
    try:
        while not stop.is_set():
            if time.monotonic() >= reconcile_s:
                reconcile_s = time.monotonic() + RECONCILE_EVERY_S
                with asking.made():
                    keepers.reconcile(wanted())
            for status in news.take(TURN_S):
                if stop.is_set():
                    break
                with reporting.made():
                    outlets.report(status)
    finally:
        keepers.reconcile({})


class _Keepers:
    """One for each camera that is wanted."""

    def __init__(self, outlets: Outlets) -> None:
        self._outlets = outlets
        self._connections = count(1)
        self._keepers: dict[str, CameraKeeper] = {}

    def reconcile(self, cameras: Mapping[str, Camera]) -> None:
        """End those that are not wanted as they are, all at once, then start those missing."""
        kept = self._keepers
        ended = [kept.pop(name) for name in list(kept) if cameras.get(name) != kept[name].camera]
        for keeper in ended:
            keeper.stop()
        for keeper in ended:
            keeper.join()
        for name in cameras.keys() - kept.keys():
            rng = Random()  # noqa: S311 (jitter is no secret)
            kept[name] = CameraKeeper(cameras[name], self._outlets, self._connections, rng)
            kept[name].start()


class _News:
    """The newest status of each camera, from their threads to one that may be slow."""

    def __init__(self) -> None:
        self._statuses: dict[str, CameraStatus] = {}
        self._changed = Condition()

    def put(self, status: CameraStatus) -> None:
        with self._changed:
            self._statuses[status.name] = status
            self._changed.notify()

    def take(self, timeout_s: float) -> list[CameraStatus]:
        with self._changed:
            self._changed.wait_for(lambda: self._statuses, timeout_s)
            taken, self._statuses = self._statuses, {}
            return list(taken.values())


class _Attempt:
    """Something that is tried again and again: its failure is logged once, until it works."""

    def __init__(self, failure: str, errors: type[Exception]) -> None:
        self._failure = failure
        self._errors = errors
        self._works = True

    @contextmanager
    def made(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            if self._works:
                logger.warning(self._failure, exc_info=error)
            self._works = False
        else:
            self._works = True
