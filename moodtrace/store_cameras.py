"""Cameras in Redis: what operators want, and how each one fares. No password is ever stored.

moodtrace:{cameras}                 JSON by name
moodtrace:{cameras}:file            names that came from a file
moodtrace:{cameras}:ingest          who reads them, with a time to live
moodtrace:{cameras}:status:<name>   JSON, with a time to live: nobody reports, nobody knows

The braces keep all of them in one slot of a cluster.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from moodtrace.cameras import Camera, CameraStatus
from moodtrace.clock import wall_ms
from moodtrace.errors import BusyError, UnknownCameraError
from moodtrace.store_connection import Connection, decoded, text

CAMERAS: Final = "moodtrace:{cameras}"
FROM_FILE: Final = "moodtrace:{cameras}:file"
STATUS_MS: Final = 10_000
"""A status that was not renewed for so long says nothing."""

INGEST: Final = "moodtrace:{cameras}:ingest"

_CLAIM: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_LET_GO: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class Cameras:
    """The cameras of one store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    def read_by(self, token: str) -> bool:
        """Become, or stay, the one ingest that reads these cameras; two would count all twice.

        Args:
            token: of the ingest; the claim holds for ten seconds.

        Returns:
            False if another one reads them.
        """
        with self._connection.writing():
            claimed = self._client.eval(_CLAIM, 1, INGEST, token, STATUS_MS)
        return bool(claimed)

    def let_go(self, token: str) -> None:
        """Let another ingest read the cameras."""
        with self._connection.translated():
            self._client.eval(_LET_GO, 1, INGEST, token)

    def all(self) -> dict[str, Camera]:
        """Return all cameras by name, in alphabetical order."""
        with self._connection.translated():
            stored = self._client.hgetall(CAMERAS)
        found = {text(name): data for name, data in stored.items()}
        return {name: decoded(found[name], Camera, f"camera {name!r}") for name in sorted(found)}

    def get(self, name: str) -> Camera:
        """Return one camera.

        Raises:
            UnknownCameraError: there is none of this name.
        """
        with self._connection.translated():
            stored = self._client.hget(CAMERAS, name)
        if stored is None:
            raise UnknownCameraError(name)
        return decoded(stored, Camera, f"camera {name!r}")

    def add(self, camera: Camera) -> None:
        """Add a camera.

        Raises:
            BusyError: there is one of this name.
        """
        with self._connection.translated():
            added = self._client.hsetnx(CAMERAS, camera.name, msgspec.json.encode(camera))
        if not added:
            raise BusyError(
                "there is a camera of this name already",
                where=f"camera {camera.name!r}",
                try_this="choose another name, or change this one with --replace",
            )

    def put(self, cameras: Iterable[Camera]) -> None:
        """Add cameras, or replace those of the same names, all at once."""
        with self._connection.translated(), self._client.pipeline(transaction=True) as step:
            for camera in cameras:
                step.hset(CAMERAS, camera.name, msgspec.json.encode(camera))
            step.execute()

    def from_file(self) -> set[str]:
        """Return the names of the cameras that came from a file."""
        with self._connection.translated():
            return set(map(text, self._client.smembers(FROM_FILE)))

    def follow_file(self, cameras: Iterable[Camera], names: Iterable[str]) -> set[str]:
        """Do what a file says, in one step: change cameras, and remove those that left it.

        Args:
            cameras: that are new or changed.
            names: of all that are in the file.

        Returns:
            The names that were removed.
        """
        now, before = set(names), self.from_file()
        with self._connection.translated(), self._client.pipeline(transaction=True) as step:
            for camera in cameras:
                step.hset(CAMERAS, camera.name, msgspec.json.encode(camera))
            for name in before - now:
                step.hdel(CAMERAS, name)
            step.delete(FROM_FILE)
            for name in now:
                step.sadd(FROM_FILE, name)
            step.execute()
        return before - now

    def remove(self, name: str) -> None:
        """Remove a camera.

        Raises:
            UnknownCameraError: there is none of this name.
        """
        with self._connection.translated():
            removed = self._client.hdel(CAMERAS, name)
        if not removed:
            raise UnknownCameraError(name)

    def report(self, statuses: Iterable[CameraStatus]) -> None:
        """Say how cameras fare; each word holds for ten seconds."""
        with self._connection.translated(), self._client.pipeline(transaction=False) as step:
            for status in statuses:
                step.set(_status(status.name), msgspec.json.encode(status), px=STATUS_MS)
            step.execute()

    def statuses(self, names: Iterable[str]) -> dict[str, CameraStatus]:
        """Return how cameras fare; `unknown` if no ingest reports on one."""
        wanted = list(names)
        with self._connection.translated():
            stored = self._client.mget([_status(name) for name in wanted]) if wanted else []
        return {
            name: decoded(data, CameraStatus, f"status of camera {name!r}")
            if data
            else CameraStatus(name=name, state="unknown", since_ms=wall_ms())
            for name, data in zip(wanted, stored, strict=True)
        }


def _status(name: str) -> str:
    return f"{CAMERAS}:status:{name}"
