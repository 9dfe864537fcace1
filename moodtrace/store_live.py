"""Live screenings in Redis: what is shown to whom, and what ingest captured of it.

moodtrace:live                 ids of the screenings that were not stopped
moodtrace:ending               ids of those that were, and are not written to their end
moodtrace:showing:<audience>   id of what is shown to an audience
{<id>}:events                  what was done to the content, JSON each
{<id>}:captured                frames that ingest captured and dropped, JSON by camera
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from moodtrace.errors import BusyError, StoredDataError, UnknownScreeningError, UsageError
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.playhead import PlayEvent
from moodtrace.screening import Screening, viewing_id
from moodtrace.store_connection import Connection, decoded, key, text
from moodtrace.store_writer import INDEX

LIVE: Final = "moodtrace:live"
ENDING: Final = "moodtrace:ending"
SHOWING: Final = "moodtrace:showing:"


_FORGET: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class LiveScreenings:
    """What is shown live, as commands ask for it and ingest carries it out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    def start(self, screening: Screening, events: list[PlayEvent]) -> None:
        """Begin a screening.

        Args:
            screening: a live one.
            events: what was done to its content from the start on.

        Raises:
            BusyError: its id is taken, or its audience is being shown something else.
        """
        showing = SHOWING + screening.audience
        with self._connection.translated():
            if not self._client.set(showing, screening.id, nx=True):
                raise _is_watching(screening.audience, text(self._client.get(showing) or ""))
            if not self._client.set(_record(screening.id), _packed(screening), nx=True):
                self._client.delete(showing)
                raise _is_taken(screening.id)
            self._client.zadd(INDEX, {screening.id: screening.run.started_at.timestamp()})
            for event in events:
                self._client.rpush(key(screening.id, "events"), _packed(event))
            self._client.sadd(LIVE, screening.id)

    def act(self, screening_id: str, event: PlayEvent) -> None:
        """Note what was done to the content.

        Raises:
            UnknownScreeningError: there is none with this id.
            UsageError: it is no live one, or was stopped already.
        """
        with self._connection.translated():
            record = self._client.get(_record(screening_id))
            if record is None:
                raise UnknownScreeningError(screening_id)
            if not self._client.sismember(LIVE, screening_id):
                raise UsageError(
                    "this screening is not being shown",
                    where=f"screening {screening_id!r}",
                    try_this="`moodtrace screening list` says what runs; `screening start` begins",
                )
            self._client.rpush(key(screening_id, "events"), _packed(event))
            if event.kind == "stop":
                audience = decoded(record, Screening, f"record of {screening_id!r}").audience
                self._client.sadd(ENDING, screening_id)
                self._client.srem(LIVE, screening_id)
                self._client.eval(_FORGET, 1, SHOWING + audience, screening_id)

    def running(self) -> list[str]:
        """Return the ids of the screenings that were not stopped."""
        with self._connection.translated():
            return sorted(map(text, self._client.smembers(LIVE)))

    def unfinished(self) -> dict[str, tuple[Screening, list[PlayEvent]]]:
        """Return the screenings that are not written to their end, and what was done to them."""
        with self._connection.translated():
            stored = [*self._client.smembers(LIVE), *self._client.smembers(ENDING)]
            names = sorted(set(map(text, stored)))
            there = [name for name in names if self._client.exists(_record(name))]
        return {name: (self._screening(name), self.events(name)) for name in there}

    def finished(self, screening_id: str) -> None:
        """Note that all of a stopped screening was written."""
        with self._connection.translated():
            self._client.srem(ENDING, screening_id)

    def is_running(self, screening: Screening) -> bool:
        """Say whether a screening is a live one that was not stopped, or a viewing of one."""
        if not screening.live:
            return False
        with self._connection.translated():
            return bool(self._client.sismember(LIVE, screening.first or screening.id))

    def events(self, screening_id: str) -> list[PlayEvent]:
        """Return what was done to a screening's content, in order."""
        with self._connection.translated():
            stored = self._client.lrange(key(screening_id, "events"), 0, -1)
        return [decoded(event, PlayEvent, f"events of {screening_id!r}") for event in stored]

    def open_viewing(self, screening_id: str, viewing: int) -> str:
        """Return the id of a viewing's own trace; a later viewing gets a record of its own.

        Args:
            screening_id: of the first viewing.
            viewing: from 1 on.
        """
        own = viewing_id(screening_id, viewing)
        if viewing > 1:
            first = self._screening(screening_id)
            run = replace(first.run, finished_at=None)
            record = replace(
                first, id=own, viewing=viewing, first=screening_id, state="running", run=run
            )
            with self._connection.translated():
                self._client.set(_record(own), _packed(record), nx=True)
                self._client.zadd(INDEX, {own: record.run.started_at.timestamp()}, nx=True)
        return own

    def open_camera(self, screening_id: str, viewing: int, camera_id: str) -> tuple[str, int]:
        """Raise the source epoch of a camera whose frames are going to come.

        Args:
            screening_id: of the first viewing.
            viewing: from 1 on.
            camera_id: of the camera.

        Returns:
            Id of the viewing's trace, and the epoch.
        """
        own = self.open_viewing(screening_id, viewing)
        with self._connection.translated():
            return own, int(self._client.hincrby(key(own, "epochs"), camera_id, 1))

    def book(self, screening_id: str, captured: Mapping[str, CameraLedger]) -> None:
        """Store what ingest captured and dropped so far, by camera; nothing if it was deleted."""
        with self._connection.translated():
            is_there = self._client.exists(_record(screening_id))
        if captured and is_there:
            pairs = [
                part for camera, counts in captured.items() for part in (camera, _packed(counts))
            ]
            with self._connection.translated():
                self._client.hset(key(screening_id, "captured"), items=pairs)

    def captured(self, screening_id: str) -> Ledger:
        """Return what ingest captured and dropped so far; empty for a recorded screening."""
        with self._connection.translated():
            stored = self._client.hgetall(key(screening_id, "captured"))
        what = f"captured frames of {screening_id!r}"
        return {text(name): decoded(data, CameraLedger, what) for name, data in stored.items()}

    def _screening(self, screening_id: str) -> Screening:
        with self._connection.translated():
            record = self._client.get(_record(screening_id))
        if record is None:
            raise StoredDataError(f"record of screening {screening_id!r}", "it is missing")
        return decoded(record, Screening, f"record of screening {screening_id!r}")


def _record(screening_id: str) -> str:
    return key(screening_id, "screening")


def _packed(value: object) -> bytes:
    return msgspec.json.encode(value)


def _is_watching(audience: str, screening_id: str) -> BusyError:
    return BusyError(
        "this audience is being shown something",
        where=f"audience {audience!r}, screening {screening_id!r}",
        try_this=f"stop it: moodtrace screening stop {screening_id}",
    )


def _is_taken(screening_id: str) -> BusyError:
    return BusyError(
        "there is a screening of this id already",
        where=f"screening {screening_id!r}",
        try_this="choose another --id, or leave it out",
    )
