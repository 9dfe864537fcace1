"""All cameras that are wanted, each kept running by itself; knows neither store nor bus."""

import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from random import Random
from threading import Event
from typing import Final

from ingest.camera_keeper import CameraKeeper, Outlets
from moodtrace.cameras import Camera
from moodtrace.errors import MoodtraceError

logger = logging.getLogger(__name__)

RECONCILE_EVERY_S: Final = 1.0


def supervise(wanted: Callable[[], Mapping[str, Camera]], outlets: Outlets, stop: Event) -> None:
    """Read the wanted cameras until `stop` is set; then end them all, within a few seconds.

    A camera that comes, changes or goes does not touch the others.

    Args:
        wanted: cameras by name; asked every second. While it can't tell, the last ones stay.
        outlets: whom cameras ask and tell.
        stop: set from outside.
    """
    keepers: dict[str, CameraKeeper] = {}
    connections = count(1)
    is_known = True
    try:
        while not stop.is_set():
            try:
                _reconcile(keepers, wanted(), outlets, connections)
                is_known = True
            except MoodtraceError as error:
                if is_known:
                    logger.warning("cameras not known", extra={"fields": {"error": error.what}})
                is_known = False
            stop.wait(RECONCILE_EVERY_S)
    finally:
        _end(keepers, set(keepers))


def _reconcile(
    keepers: dict[str, CameraKeeper],
    cameras: Mapping[str, Camera],
    outlets: Outlets,
    connections: Iterator[int],
) -> None:
    _end(keepers, {name for name, kept in keepers.items() if cameras.get(name) != kept.camera})
    for name in cameras.keys() - keepers.keys():
        rng = Random()  # noqa: S311 (jitter is no secret)
        keepers[name] = CameraKeeper(cameras[name], outlets, connections, rng)
        keepers[name].start()


def _end(keepers: dict[str, CameraKeeper], names: set[str]) -> None:
    """Stop some, all at once."""
    ended = [keepers.pop(name) for name in names]
    for keeper in ended:
        keeper.stop()
    for keeper in ended:
        keeper.join()
