"""Follows the file of cameras: what is right in it goes to the store, what is wrong is said."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Final

from msgspec.structs import replace

from moodtrace.cameras import Camera
from moodtrace.commands.config import read_config
from moodtrace.commands.live_job import known_addresses
from moodtrace.errors import ConfigurationError, MoodtraceError
from moodtrace.store_cameras import Cameras

logger = logging.getLogger(__name__)

LOOK_S: Final = 0.5


class ConfigReload:
    """A file of cameras that may change at any time."""

    def __init__(self, path: Path, store: Cameras) -> None:
        """Read the file for the first time.

        Raises:
            ConfigurationError: it is wrong; later mistakes leave the cameras as they are.
        """
        self._path = path
        self._store = store
        self._seen = self._look()
        self._apply(self._read())

    def run(self, stop: Event) -> None:
        """Apply every change of the file until `stop` is set."""
        while not stop.wait(LOOK_S):
            seen = self._look()
            if seen == self._seen:
                continue
            try:
                self._apply(self._read())
            except ConfigurationError as error:
                fields = {"error": error.what, "where": error.where}
                logger.warning("cameras left as they are", extra={"fields": fields})
            except MoodtraceError:
                continue  # the store is away: again at the next look
            self._seen = seen

    def _apply(self, cameras: dict[str, Camera]) -> None:
        """Do what the file says; what it says nothing of stays as commands left it."""
        known = self._store.all()
        wanted = [_kept(camera, known.get(name)) for name, camera in cameras.items()]
        changed = [camera for camera in wanted if known.get(camera.name) != camera]
        gone = self._store.follow_file(changed, cameras)
        if changed or gone:
            fields = {"changed": [camera.name for camera in changed], "removed": sorted(gone)}
            logger.info("cameras changed by file", extra={"fields": fields})

    def _look(self) -> tuple[int, int]:
        """Return what changes when the file does."""
        try:
            status = self._path.stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size

    def _read(self) -> dict[str, Camera]:
        return read_config(self._path, known_addresses)


def _kept(camera: Camera, known: Camera | None) -> Camera:
    """Keep what `camera calibrate` and `camera disable` did, where the file says nothing of it."""
    if known is None:
        return camera
    return replace(
        camera,
        offset_ms=camera.offset_ms or known.offset_ms,
        enabled=camera.enabled and known.enabled,
    )


def follower(path: Path | None, store: Cameras) -> Callable[[], Callable[[Event], None]] | None:
    """Return what reads a file of cameras and returns what follows it; None if there is none."""
    return None if path is None else lambda: ConfigReload(path, store).run
