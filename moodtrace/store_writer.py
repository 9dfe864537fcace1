"""The one writer of a screening: rows, ledger and progress change together, fenced by a claim."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import msgspec
import redis

from moodtrace.errors import BusyError
from moodtrace.ledger import Ledger
from moodtrace.screening import Screening
from moodtrace.store_connection import Connection, key
from moodtrace.timeline import Row

INDEX: Final = "moodtrace:screenings"
CLAIM_MS: Final = 10_000
"""How long a writer that died keeps others out."""
RENEW_S: Final = 3.0

# Rows, ledger and progress change together, and only in the hands of the one writer.
_APPEND: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[3], ARGV[3])
for i = 4, #KEYS do redis.call('SET', KEYS[i], ARGV[i]) end
return 1
"""
_RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
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
        with connection.translated():
            if not self._client.set(self._key("writer"), token, nx=True, px=CLAIM_MS):
                raise being_written(screening_id)
            self.next_second = int(self._client.get(self._key("progress")) or 0)
        self._stop = Event()
        self._renewal = Thread(target=self._renew, name="writer-claim", daemon=True)
        self._renewal.start()

    def raise_epochs(self, cameras: Iterable[str]) -> dict[str, int]:
        """Raise the source epoch of each camera by one and return the new ones."""
        with self._connection.translated():
            key = self._key("epochs")
            return {camera: int(self._client.hincrby(key, camera, 1)) for camera in cameras}

    def begin(self, screening: Screening, ledger: Ledger, *, fresh: bool) -> None:
        """Store the record, and list the screening.

        Args:
            screening: The record to start with.
            ledger: Counts to start with.
            fresh: Begin at second 0 and forget what an earlier run left.
        """
        if fresh:
            self._forget_rows()
        self.append([], ledger)
        self.update(screening)
        with self._connection.translated():
            self._client.zadd(INDEX, {self._id: screening.run.started_at.timestamp()})

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger in one atomic step.

        Args:
            rows: Rows from `next_second` on, without a hole.
            ledger: Counts up to and with these rows.

        Raises:
            BusyError: The claim went to another writer; nothing was written.
        """
        end = self.next_second + len(rows)
        keys = ["writer", "ledger", "progress", *(f"row:{row.second}" for row in rows)]
        with self._connection.translated():
            written = self._client.eval(
                _APPEND,
                len(keys),
                *(self._key(name) for name in keys),
                self._token,
                msgspec.json.encode(ledger),
                end,
                *(msgspec.json.encode(row) for row in rows),
            )
        if not written:
            raise being_written(self._id)
        self.next_second = end

    def update(self, screening: Screening) -> None:
        """Replace the record, as when the run has ended."""
        with self._connection.translated():
            self._client.set(self._key("screening"), msgspec.json.encode(screening))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the claim up; a store that is away lets it run out."""
        self._stop.set()
        self._renewal.join()
        keys = [self._key(name) for name in ("writer", "screening", "epochs")]
        with suppress(redis.RedisError):
            self._client.eval(_RELEASE, len(keys), *keys, self._token)

    def _key(self, name: str) -> str:
        return key(self._id, name)

    def _forget_rows(self) -> None:
        with self._connection.translated():
            stale = list(self._client.scan_iter(self._key("row:*"), count=1000))
            if stale:
                self._client.delete(*stale)
        self.next_second = 0

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_S):
            with suppress(redis.RedisError):  # the next append says in words that it is away
                self._client.eval(_RENEW, 1, self._key("writer"), self._token, CLAIM_MS)


def being_written(screening_id: str) -> BusyError:
    """Say that a screening has a writer."""
    return BusyError(
        "another replay is writing this screening",
        where=f"screening {screening_id!r}",
        try_this=f"wait for it; one that was killed lets go after {CLAIM_MS // 1000} s",
    )
