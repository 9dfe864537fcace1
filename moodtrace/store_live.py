"""Live screenings in Redis: what is shown to whom, and what ingest captured of it.

moodtrace:{live}               id of what is being shown, by audience
moodtrace:{live}:ending        ids of what was stopped, and is not written to its end
moodtrace:{live}:begun         records that are not in their places yet, by id
moodtrace:{live}:events:<id>   what was done to the content, JSON each
{<id>}:captured                frames that ingest captured and dropped, JSON by camera

What a start, a pause or a stop changes lies in one slot of a cluster, and changes in one script.
The record alone lies in the slot of its screening, so a start, or a later viewing, first leaves it
in `begun`. One that dies there is carried out by whoever looks next; nothing else can be left half
done.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import msgspec
from msgspec.structs import replace

from moodtrace.clock import utc_now
from moodtrace.errors import BusyError, StoredDataError, UnknownScreeningError, UsageError
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.playhead import PlayEvent
from moodtrace.screening import Screening, viewing_id
from moodtrace.store_connection import Connection, decoded, key, text
from moodtrace.store_writer import INDEX

LIVE: Final = "moodtrace:{live}"
ENDING: Final = "moodtrace:{live}:ending"
BEGUN: Final = "moodtrace:{live}:begun"
EVENTS: Final = "moodtrace:{live}:events:"


# KEYS: live, begun, events. ARGV: audience, id, record, events.
_START: Final = """
local shown = redis.call('HGET', KEYS[1], ARGV[1])
if shown then return shown end
if redis.call('EXISTS', KEYS[3]) == 1 then return 1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
for i = 4, #ARGV do redis.call('RPUSH', KEYS[3], ARGV[i]) end
return 0
"""
# KEYS: live, begun, events. ARGV: audience, id.
_TAKE_BACK: Final = """
redis.call('DEL', KEYS[3])
redis.call('HDEL', KEYS[2], ARGV[2])
return redis.call('HDEL', KEYS[1], ARGV[1])
"""
# KEYS: live, ending, events. ARGV: id, event, its kind.
_ACT: Final = """
local shown = redis.call('HGETALL', KEYS[1])
for i = 2, #shown, 2 do
  if shown[i] == ARGV[1] then
    redis.call('RPUSH', KEYS[3], ARGV[2])
    if ARGV[3] == 'stop' then
      redis.call('HDEL', KEYS[1], shown[i - 1])
      redis.call('SADD', KEYS[2], ARGV[1])
    end
    return 1
  end
end
return 0
"""
# KEYS: live, ending, begun. ARGV: id of the first viewing, own id, record.
_OPEN_VIEWING: Final = """
local is_open = redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1
for _, shown in ipairs(redis.call('HVALS', KEYS[1])) do is_open = is_open or shown == ARGV[1] end
if not is_open then return 0 end
redis.call('HSETNX', KEYS[3], ARGV[2], ARGV[3])
return 1
"""
# KEYS: record, captured. ARGV: cameras, each with its counts.
_BOOK: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
return redis.call('HSET', KEYS[2], unpack(ARGV))
"""


class LiveScreenings:
    """What is shown live, as commands ask for it and ingest carries it out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    def start(self, screening: Screening, events: Sequence[PlayEvent]) -> None:
        """Begin a screening.

        Args:
            screening: a live one.
            events: what was done to its content from the start on, at least one.

        Raises:
            BusyError: its id is taken, or its audience is being shown something else.
        """
        self._put_down_begun()
        keys = LIVE, BEGUN, EVENTS + screening.id
        values: list[str | bytes] = [screening.audience, screening.id, _packed(screening)]
        values += map(_packed, events)
        with self._connection.translated():
            is_there = self._client.exists(_record(screening.id))
            shown = self._client.hget(LIVE, screening.audience) if is_there else None
            refused = shown or is_there or self._client.eval(_START, len(keys), *keys, *values)
        if isinstance(refused, bytes):
            raise _is_watching(screening.audience, text(refused))
        if refused:
            raise _is_taken(screening.id)
        self._put_down(screening)

    def act(self, screening_id: str, event: PlayEvent) -> None:
        """Note what was done to the content.

        Raises:
            UnknownScreeningError: there is none with this id.
            UsageError: it is no live one, or was stopped already.
        """
        keys = LIVE, ENDING, EVENTS + screening_id
        with self._connection.translated():
            values = screening_id, _packed(event), event.kind
            if self._client.eval(_ACT, len(keys), *keys, *values):
                return
            if not self._client.exists(_record(screening_id)):
                raise UnknownScreeningError(screening_id)
        raise UsageError(
            "this screening is not being shown",
            where=f"screening {screening_id!r}",
            try_this="`moodtrace screening list` says what runs; `screening start` begins",
        )

    def running(self) -> list[str]:
        """Return the ids of the screenings that were not stopped."""
        with self._connection.translated():
            return sorted(map(text, self._client.hvals(LIVE)))

    def unfinished(self) -> dict[str, tuple[Screening, list[PlayEvent]]]:
        """Return the screenings that are not written to their end, and what was done to them.

        One that can't be read is left out.
        """
        self._put_down_begun()
        with self._connection.translated():
            stored = [*self._client.hvals(LIVE), *self._client.smembers(ENDING)]
            names = sorted(set(map(text, stored)))
            there = [name for name in names if self._client.exists(_record(name))]
        read = self._connection.readable
        found = {name: read(partial(self._whole, name)) for name in there}
        return {name: known for name, known in found.items() if known is not None}

    def finished(self, screening_id: str) -> None:
        """Note that all of a stopped screening was written."""
        with self._connection.translated():
            self._client.srem(ENDING, screening_id)

    def forget(self, screening_id: str) -> None:
        """Remove what is kept of a screening that is not shown any more."""
        with self._connection.translated(), self._client.pipeline(transaction=True) as step:
            step.srem(ENDING, screening_id)
            step.hdel(BEGUN, screening_id)
            step.delete(EVENTS + screening_id)
            step.execute()

    def is_running(self, screening: Screening) -> bool:
        """Say whether a screening is a live one that was not stopped, or a viewing of one."""
        if not screening.live:
            return False
        with self._connection.translated():
            shown = self._client.hget(LIVE, screening.audience)
        return shown is not None and text(shown) == (screening.first or screening.id)

    def events(self, screening_id: str) -> list[PlayEvent]:
        """Return what was done to a screening's content, in order."""
        with self._connection.translated():
            stored = self._client.lrange(EVENTS + screening_id, 0, -1)
        return [decoded(event, PlayEvent, f"events of {screening_id!r}") for event in stored]

    def open_viewing(self, screening_id: str, viewing: int) -> str:
        """Return the id of a viewing's own trace; a later viewing gets a record of its own.

        It gets none if the screening was stopped and written to its end, or deleted, meanwhile.

        Args:
            screening_id: of the first viewing.
            viewing: from 1 on.
        """
        own = viewing_id(screening_id, viewing)
        if viewing > 1:
            with self._connection.translated():
                is_there = self._client.exists(_record(own))
            if not is_there:
                self._open_record(own, screening_id, viewing)
        return own

    def _open_record(self, own: str, screening_id: str, viewing: int) -> None:
        first = self._screening(screening_id)
        run = replace(first.run, started_at=utc_now(), finished_at=None)
        record = replace(
            first, id=own, viewing=viewing, first=screening_id, state="running", run=run
        )
        keys = LIVE, ENDING, BEGUN
        with self._connection.translated():
            is_open = self._client.eval(
                _OPEN_VIEWING, len(keys), *keys, screening_id, own, _packed(record)
            )
        if is_open:
            self._put_down(record)

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
        pairs = [part for camera, counts in captured.items() for part in (camera, _packed(counts))]
        if pairs:
            keys = _record(screening_id), key(screening_id, "captured")
            with self._connection.translated():
                self._client.eval(_BOOK, len(keys), *keys, *pairs)

    def captured(self, screening_id: str) -> Ledger:
        """Return what ingest captured and dropped so far; empty for a recorded screening."""
        with self._connection.translated():
            stored = self._client.hgetall(key(screening_id, "captured"))
        what = f"captured frames of {screening_id!r}"
        return {text(name): decoded(data, CameraLedger, what) for name, data in stored.items()}

    def _put_down_begun(self) -> None:
        """Put the records of starts that were cut short into their places."""
        with self._connection.translated():
            begun = self._client.hgetall(BEGUN)
        for name, record in begun.items():
            self._connection.readable(partial(self._put_down_one, text(name), record))

    def _put_down_one(self, name: str, record: bytes | str) -> None:
        with suppress(BusyError):
            self._put_down(decoded(record, Screening, f"record of {name!r}"))

    def _put_down(self, screening: Screening) -> None:
        """Put the record of a screening that was begun into its place; it may be there already.

        Raises:
            BusyError: a recorded screening took the id meanwhile; the start was taken back.
        """
        with self._connection.translated():
            began = {screening.id: screening.run.started_at.timestamp()}
            self._client.zadd(INDEX, began, nx=True)
            is_new = self._client.set(_record(screening.id), _packed(screening), nx=True)
            if (
                is_new
                or screening.first
                or self._screening(screening.id).run.id == screening.run.id
            ):
                self._client.hdel(BEGUN, screening.id)
                return
            keys = LIVE, BEGUN, EVENTS + screening.id
            self._client.eval(_TAKE_BACK, len(keys), *keys, screening.audience, screening.id)
        raise _is_taken(screening.id)

    def _whole(self, screening_id: str) -> tuple[Screening, list[PlayEvent]]:
        return self._screening(screening_id), self.events(screening_id)

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
