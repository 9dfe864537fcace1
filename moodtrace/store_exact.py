"""The writer of a screening whose frames come from a log: each counts once, however often it comes.

    {<id>}:open:<n>    frames of second n by camera/epoch/seq; emptied when it is closed, and
                       kept for a while, so that a repeat is told from a frame that is late
    {<id>}:offsets     next offset to read, by partition
    {<id>}:newest      how far on the playhead frames came, in ms, by camera
    {<id>}:late        frames that came after their second was closed, by camera
    {<id>}:ended       of a recording: the word that a camera has no more, by camera/epoch/seq
    {<id>}:lost        parts of the log that were gone before they were read, by partition and
                       first offset: the offset behind, null if nobody knows, and how far on the
                       playhead frames had come, JSON

Progress through the log is stored in the same step as what was read. If the server falls back in
time both do, and reading on from the stored offset mends it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import msgspec

from moodtrace.clock import second_of
from moodtrace.errors import StoredDataError, StoreFellBackError
from moodtrace.ledger import LATE, CameraLedger, Ledger, Loss
from moodtrace.messages import Scored, SourceFinished
from moodtrace.screening import Recording, Screening
from moodtrace.store_connection import Connection, decoded, key, text
from moodtrace.store_writer import CLAIM_MS, Writer, being_written
from moodtrace.timeline import Row

REPEATS_MS: Final = 600_000
"""How long after its second was closed a frame that comes again is known as a repeat."""

_FENCE: Final = """
local holder = redis.call('GET', KEYS[1])
if (holder and holder ~= ARGV[1]) or redis.call('GET', KEYS[2]) ~= ARGV[1] then return {-1} end
"""
# KEYS: writer, owner, offsets, late, progress, newest, open:<n> of each second.
# ARGV: token, claim ms, how long repeats are known, partition, first offset, next offset; then for
# each frame: offset, place of its second among the KEYS, playhead in ms, name, camera, numbers.
# What belongs to no second has the playhead -1, and `ended` in the place of open:<n>.
_APPLY: Final = f"""{_FENCE}
local stored = tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or ARGV[5])
if tonumber(ARGV[5]) > stored then return {{-2, stored}} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local progress = tonumber(redis.call('GET', KEYS[5]) or '0')
local taken, skipped, late, again = 0, 0, 0, 0
for i = 7, #ARGV, 6 do
  local open, pts_ms, name = KEYS[tonumber(ARGV[i + 1])], tonumber(ARGV[i + 2]), ARGV[i + 3]
  local camera = ARGV[i + 4]
  if tonumber(ARGV[i]) < stored then skipped = skipped + 1
  elseif redis.call('HEXISTS', open, name) == 1 then again = again + 1
  elseif pts_ms >= 0 and pts_ms < 1000 * progress then
    redis.call('HINCRBY', KEYS[4], camera, 1)
    redis.call('HSET', open, name, '')
    redis.call('PEXPIRE', open, ARGV[3])
    late = late + 1
  else
    redis.call('HSET', open, name, ARGV[i + 5])
    if pts_ms > tonumber(redis.call('HGET', KEYS[6], camera) or '-1') then
      redis.call('HSET', KEYS[6], camera, pts_ms)
    end
    taken = taken + 1
  end
end
redis.call('HSET', KEYS[3], ARGV[4], math.max(stored, tonumber(ARGV[6])))
return {{1, taken, skipped, late, again}}
"""
# KEYS: writer, owner, ledger, progress, then of each value, then open:<n> of each row.
# ARGV: token, claim ms, how long repeats are known, ledger, progress, then the one before, values:
# rows and the buckets that end in them.
_CLOSE: Final = f"""{_FENCE}
local stored = redis.call('GET', KEYS[4]) or '0'
if stored ~= ARGV[5] and stored ~= ARGV[6] then return {{-3}} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[3], ARGV[4])
redis.call('SET', KEYS[4], ARGV[5])
local values = #ARGV - 6
for i = 1, values do redis.call('SET', KEYS[4 + i], ARGV[6 + i]) end
for i = 5 + values, #KEYS do
  local open = KEYS[i]
  local names = redis.call('HKEYS', open)
  for _, name in ipairs(names) do redis.call('HSET', open, name, '') end
  if #names > 0 then redis.call('PEXPIRE', open, ARGV[3]) end
end
return {{1}}
"""
# What is known of other logs is forgotten, and that their rest is lost is noted.
# KEYS: writer, owner, offsets, lost. ARGV: token, claim ms, partition, offset or nothing, the note.
_BEGIN_ANEW: Final = f"""{_FENCE}
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local read = redis.call('HGETALL', KEYS[3])
for i = 1, #read, 2 do redis.call('HSETNX', KEYS[4], read[i] .. '@' .. read[i + 1], ARGV[5]) end
redis.call('DEL', KEYS[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], ARGV[3], ARGV[4]) end
return {{1}}
"""


_decoder: msgspec.msgpack.Decoder[Scored] = msgspec.msgpack.Decoder(Scored)


class OffsetGapError(Exception):
    """Frames between the stored offset and those given are missing; read on from `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the log goes on at {offset}")
        self.offset = offset


class Applied(NamedTuple):
    """What became of some frames."""

    taken: int
    skipped: int
    """Read before, by their offset."""
    late: int
    repeated: int
    """Sent before, by their identity."""


class ExactWriter(Writer):
    """A writer that keeps open seconds and offsets in the store too."""

    def apply(
        self, partition: str, first: int, messages: Sequence[tuple[int, Scored]], following: int
    ) -> Applied:
        """Take frames of one partition, with how far it was read, in one step.

        Args:
            partition: its name, the same for ever.
            first: offset of the first record that was read, of this screening or not.
            messages: offset and frame, of this screening alone, in order of offsets.
            following: offset of the next record to read.

        Raises:
            BusyError: the claim went to another writer; nothing was changed.
            OffsetGapError: what was read begins after what is stored; nothing was changed.
        """
        kept_in = sorted({_kept_in(message) for _, message in messages})
        places = {name: number for number, name in enumerate(kept_in, start=7)}
        names = ["writer", "owner", "offsets", LATE, "progress", "newest", *kept_in]
        frames: list[bytes | str | int] = []
        for offset, message in messages:
            pts_ms = -1 if isinstance(message, SourceFinished) else message.pts_ms
            frames += (offset, places[_kept_in(message)], pts_ms, _name(message))
            frames += (message.camera_id, msgspec.msgpack.encode(message))
        with self._connection.writing():
            answer = self._client.eval(
                _APPLY,
                len(names),
                *map(self._key, names),
                *(self._token, CLAIM_MS, REPEATS_MS, partition, first, following),
                *frames,
            )
        if answer[0] == -1:
            raise being_written(self._id)
        if answer[0] == -2:
            raise OffsetGapError(int(answer[1]))
        return Applied(*map(int, answer[1:]))

    def open_frames(self, second: int) -> list[Scored]:
        """Return the frames of a second that is not closed."""
        return self._messages(f"open:{second}")

    def ended(self) -> list[SourceFinished]:
        """Return what was said of cameras of a recording that have no more."""
        return [word for word in self._messages("ended") if isinstance(word, SourceFinished)]

    def record(
        self, screening: Screening, ledger: Ledger, recording: Recording, *, fresh: bool
    ) -> None:
        """Begin a recorded screening whose frames will come from a log, or go on with it.

        What an earlier run left in seconds that were not closed is forgotten, and so is how far
        the log was read: nothing that lies there already belongs to this run.

        Args:
            screening: The record to start with.
            ledger: Counts to start with.
            recording: What belongs to this run.
            fresh: Begin at second 0 and forget what an earlier run left.
        """
        newest = second_of(max(self.newest_ms().values(), default=-1))
        stale = range(0 if fresh else self.next_second, newest + 1)
        remove = ["offsets", "newest", "ended", *(f"open:{second}" for second in stale)]
        self._change(
            {"recording": msgspec.json.encode(recording)},
            remove=[*remove, LATE] if fresh else remove,
            step="begin",
        )
        self.begin(screening, ledger, fresh=fresh)

    def _messages(self, name: str) -> list[Scored]:
        with self._connection.translated():
            stored = self._client.hgetall(self._key(name))
        what = f"{name} of screening {self._id!r}"
        packed = (data for _, data in sorted(stored.items()) if isinstance(data, bytes))
        read = [
            self._connection.readable(partial(_unpacked, data, what)) for data in packed if data
        ]
        return [message for message in read if message is not None]

    def close(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger, and close their seconds, in one step.

        Args:
            rows: from `next_second` on, without a hole.
            ledger: what was settled up to and with these rows, but late frames.

        Raises:
            BusyError: the claim went to another writer; nothing was written.
            StoreFellBackError: the store lost rows; nothing was written.
        """
        first, end = self.next_second, self.next_second + len(rows)
        values = self._packed(rows)
        names = ["writer", "owner", "ledger", "progress", *values]
        names += [f"open:{row.second}" for row in rows]
        with self._connection.writing():
            answer = self._client.eval(
                _CLOSE,
                len(names),
                *map(self._key, names),
                *(self._token, CLAIM_MS, REPEATS_MS, msgspec.json.encode(ledger), end, first),
                *values.values(),
            )
        if answer[0] == -1:
            raise being_written(self._id)
        if answer[0] == -3:
            raise StoreFellBackError(self._id)
        self._written(rows)

    def lose(self, partition: str, first: int, loss: Loss) -> None:
        """Note that the log has no records any more from `first` on; to say it again is no harm."""
        with self._connection.writing():
            name, note = f"{partition}@{first}", msgspec.json.encode(loss)
            self._client.hsetnx(self._key("lost"), name, note)

    def begin_anew(self, partition: str, offset: int | None, after_ms: int) -> None:
        """Read a log that is another one than what was read so far, or was cut off before that.

        Args:
            partition: its name.
            offset: of the next record to read; None to begin with whatever comes.
            after_ms: as in `Loss`.

        Raises:
            BusyError: the claim went to another writer; nothing was changed.
        """
        keys = map(self._key, ("writer", "owner", "offsets", "lost"))
        note = msgspec.json.encode(Loss(None, after_ms))
        place = "" if offset is None else offset
        with self._connection.writing():
            answer = self._client.eval(
                _BEGIN_ANEW, 4, *keys, self._token, CLAIM_MS, partition, place, note
            )
        if answer[0] == -1:
            raise being_written(self._id)

    def lost(self) -> list[Loss]:
        """Return the parts of the log that were noted as gone."""
        with self._connection.translated():
            stored = self._client.hvals(self._key("lost"))
        what = f"lost frames of screening {self._id!r}"
        return [decoded(note, Loss, what) for note in stored]

    def offsets(self) -> Mapping[str, int]:
        """Return the next offset to read, by partition."""
        with self._connection.translated():
            stored = self._client.hgetall(self._key("offsets"))
        return {text(name): int(offset) for name, offset in stored.items()}

    def newest_ms(self) -> Mapping[str, int]:
        """Return how far on the playhead the frames of each camera came."""
        with self._connection.translated():
            stored = self._client.hgetall(self._key("newest"))
        return {text(name): int(pts_ms) for name, pts_ms in stored.items()}


def late_frames(connection: Connection, screening_id: str) -> Ledger:
    """Return the frames that came too late, as a part of the ledger."""
    with connection.translated():
        stored = connection.client.hgetall(key(screening_id, LATE))
    return {text(name): CameraLedger(dropped={LATE: int(n)}) for name, n in stored.items()}


def _kept_in(message: Scored) -> str:
    if isinstance(message, SourceFinished):
        return "ended"
    return f"open:{second_of(message.pts_ms)}"


def _name(message: Scored) -> str:
    return f"{message.camera_id}/{message.source_epoch}/{message.seq}"


def _unpacked(data: bytes, what: str) -> Scored:
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise StoredDataError(what, str(error)) from error
