"""Follows the file of cameras: what is right in it goes to the store, what is wrong is said."""

import logging
from pathlib import Path
from threading import Event
from typing import Final

from moodtrace.cameras import Camera
from moodtrace.commands.config import read_config
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
        self._cameras: dict[str, Camera] = {}
        self._apply(read_config(path))

    def run(self, stop: Event) -> None:
        """Apply every change of the file until `stop` is set."""
        while not stop.wait(LOOK_S):
            seen = self._look()
            if seen == self._seen:
                continue
            try:
                self._apply(read_config(self._path))
            except ConfigurationError as error:
                fields = {"error": error.what, "where": error.where}
                logger.warning("cameras left as they are", extra={"fields": fields})
            except MoodtraceError:
                continue  # the store is away: again at the next look
            self._seen = seen

    def _apply(self, cameras: dict[str, Camera]) -> None:
        known = self._store.all()
        changed = [camera for name, camera in cameras.items() if known.get(name) != camera]
        gone = [name for name in self._cameras if name not in cameras and name in known]
        if changed:
            self._store.put(changed)
        for name in gone:
            self._store.remove(name)
        self._cameras = cameras
        if changed or gone:
            fields = {"changed": [camera.name for camera in changed], "removed": gone}
            logger.info("cameras changed by file", extra={"fields": fields})

    def _look(self) -> tuple[int, int]:
        """Return what changes when the file does."""
        try:
            status = self._path.stat()
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size
