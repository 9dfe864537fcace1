"""The one writer of a screening: rows, ledger and progress change together, fenced by a claim.

With the last second of a bucket (`moodtrace.rollup`) the bucket is stored, in the same step.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Final, Literal, Self

import msgspec
import redis

from moodtrace.errors import BusyError, MoodtraceError, StoreFellBackError
from moodtrace.ledger import Ledger
from moodtrace.rollup import LENGTHS_S, ended, still_open
from moodtrace.screening import Screening
from moodtrace.store_connection import Connection, key, packed, unpacked
from moodtrace.timeline import BEGINNING, Row, State

INDEX: Final = "moodtrace:screenings"
"""All ids by start; one without a record is not there."""
CLAIM_MS: Final = 10_000
"""How long a writer that died keeps others out."""
RENEW_S: Final = 3.0

# All changes go through this: they happen together, and only in the hands of the one writer. Its
# claim may have run out while it slept, if nobody else took it (`writer`) and began anew (`owner`).
# KEYS: writer, owner, progress, then what is set and what is removed.
# ARGV: token, claim ms, step, progress before and after (empty: as it is), values.
_CHANGE: Final = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[3] == 'begin' then redis.call('SET', KEYS[2], ARGV[1])
elseif redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local stored = redis.call('GET', KEYS[3]) or '0'
if ARGV[4] ~= '' and stored ~= ARGV[4] and stored ~= ARGV[5] then return -1 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5]) end
local values = #ARGV - 5
for i = 1, values do redis.call('SET', KEYS[3 + i], ARGV[5 + i]) end
for i = 4 + values, #KEYS do redis.call('DEL', KEYS[i]) end
return 1
"""
# A run that never began leaves nothing behind.
_RELEASE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('DEL', KEYS[3]) end
return redis.call('DEL', KEYS[1])
"""


class Writer:
    """The one process that may write a screening; the claim is renewed until it is closed."""

    def __init__(self, connection: Connection, screening_id: str, token: str) -> None:
        """Claim the screening.

        Args:
            connection: To the server.
            screening_id: The screening to write, which need not exist yet.
            token: Id of this run; fences off a writer that lost its claim.

        Raises:
            BusyError: Somebody else is writing it.
        """
        self._connection = connection
        self._client = connection.client
        self._id = screening_id
        self._token = token
        with connection.writing():
            if not self._client.set(self._key("writer"), token, nx=True, px=CLAIM_MS):
                raise being_written(screening_id)
            self.next_second = int(self._client.get(self._key("progress")) or 0)
        self._last: Row | None = None
        self._recent: list[Row] = []
        """Rows from the start of the longest bucket that is open."""
        self._k = 1
        self._stop = Event()
        self._renewal = Thread(target=self._renew, name="writer-claim", daemon=True)
        self._renewal.start()

    @property
    def after(self) -> State:
        """What the last row left to the next."""
        return self._last.after if self._last else BEGINNING

    @property
    def last_gap(self) -> str:
        """Why the last row has no data; empty if it has, or there is none."""
        return self._last.gap if self._last else ""

    def raise_epochs(self, cameras: Iterable[str]) -> dict[str, int]:
        """Raise the source epoch of each camera by one and return the new ones."""
        with self._connection.translated():
            key = self._key("epochs")
            return {camera: int(self._client.hincrby(key, camera, 1)) for camera in cameras}

    def begin(self, screening: Screening, ledger: Ledger, *, fresh: bool) -> None:
        """List the screening and store its record, in one step with what it replaces.

        Args:
            screening: The record to start with.
            ledger: Counts to start with.
            fresh: Begin at second 0 and forget what an earlier run left.
        """
        with self._connection.writing():
            self._client.zadd(INDEX, {self._id: screening.run.started_at.timestamp()})
        stale = range(self.next_second if fresh else 0)
        self._k = screening.k
        if fresh:
            self.next_second, self._last, self._recent = 0, None, []
        else:
            self._look_back()
        self._change(
            {
                "screening": msgspec.json.encode(screening),
                "ledger": msgspec.json.encode(ledger),
            },
            remove=[f"row:{second}" for second in stale] + rollups_in(stale),
            progress=("", self.next_second),
            step="begin",
        )

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger in one atomic step.

        Args:
            rows: Rows from `next_second` on, without a hole.
            ledger: Counts up to and with these rows.

        Raises:
            BusyError: The claim went to another writer; nothing was written.
            StoreFellBackError: The store lost rows; nothing was written.
        """
        end = self.next_second + len(rows)
        self._change(
            {"ledger": msgspec.json.encode(ledger), **self._packed(rows)},
            progress=(self.next_second, end),
        )
        self._written(rows)

    def fall_back(self) -> None:
        """Go on behind the last row that the store did not lose."""
        with self._connection.translated():
            self.next_second = int(self._client.get(self._key("progress")) or 0)
        self._look_back()

    def update(self, screening: Screening) -> None:
        """Replace the record, as when the run has ended."""
        self._change({"screening": msgspec.json.encode(screening)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give the claim up; a store that is away lets it run out."""
        self._stop.set()
        self._renewal.join()
        keys = [self._key(name) for name in ("writer", "screening", "epochs")]
        with suppress(redis.RedisError):
            self._client.eval(_RELEASE, len(keys), *keys, self._token)

    def _key(self, name: str) -> str:
        return key(self._id, name)

    def _packed(self, rows: Sequence[Row]) -> dict[str, bytes]:
        """Return what is stored of rows, and of the buckets that end in them, by name."""
        buckets = ended(self._recent, rows, self._k)
        return {f"row:{row.second}": packed(row) for row in rows} | {
            rollup(length_s, bucket.start): packed(bucket) for length_s, bucket in buckets
        }

    def _written(self, rows: Sequence[Row]) -> None:
        """Go on behind rows that were stored."""
        self.next_second += len(rows)
        first = still_open(self.next_second)
        self._recent = [row for row in (*self._recent, *rows) if row.second >= first]
        self._last = rows[-1] if rows else self._last

    def _look_back(self) -> None:
        """Read what the rows before `next_second` leave to the next."""
        seconds = range(min(still_open(self.next_second), self.next_second - 1), self.next_second)
        keys = [self._key(f"row:{second}") for second in seconds if second >= 0]
        with self._connection.translated():
            stored = self._client.mget(keys) if keys else []
        what = f"rows of screening {self._id!r}"
        rows = [unpacked(row, Row, what) for row in stored if row is not None]
        self._last = rows[-1] if rows else None
        self._recent = [row for row in rows if row.second >= still_open(self.next_second)]

    def _change(
        self,
        values: Mapping[str, bytes],
        *,
        remove: Sequence[str] = (),
        progress: tuple[int | Literal[""], int | Literal[""]] = ("", ""),
        step: Literal["begin", "go on"] = "go on",
    ) -> None:
        """Set and remove keys together, and renew the claim.

        Args:
            values: What is set.
            remove: What is removed.
            progress: What it must be, and what it will be; empty for whatever it is.
            step: Whether other writers end here.
        """
        names = ["writer", "owner", "progress", *values, *remove]
        with self._connection.writing():
            changed = self._client.eval(
                _CHANGE,
                len(names),
                *map(self._key, names),
                *(self._token, CLAIM_MS, step, *progress),
                *values.values(),
            )
        if not changed:
            raise being_written(self._id)
        if changed == -1:
            raise StoreFellBackError(self._id)

    def _renew(self) -> None:
        """Keep the claim; what is wrong is said, in words, by the next change."""
        while not self._stop.wait(RENEW_S):
            with suppress(MoodtraceError):
                self._change({})


def rollup(length_s: int, start: int) -> str:
    """Name the key of a bucket."""
    return f"rollup:{length_s}:{start}"


def rollups_in(seconds: range) -> list[str]:
    """Name the keys of all buckets that begin in seconds."""
    return [
        rollup(length_s, start)
        for length_s in LENGTHS_S
        for start in seconds
        if start % length_s == 0
    ]


def being_written(screening_id: str) -> BusyError:
    """Say that a screening has a writer."""
    return BusyError(
        "another process is writing this screening",
        where=f"screening {screening_id!r}",
        try_this=f"wait for it; one that was killed lets go after {CLAIM_MS // 1000} s",
    )
