"""Timelines in Redis (or Valkey): reading them, and the way to their writer.

Keys of one screening share a hash tag, so that they lie in one slot:

    {<id>}:screening   the record, JSON
    {<id>}:row:<n>     row of second n, JSON, compressed
    {<id>}:rollup:<length>:<n>   bucket of 10 or 60 seconds from second n on, as rows are
    {<id>}:progress    next second to write
    {<id>}:ledger      frames per camera, JSON; of a live one only what was settled
    {<id>}:epochs      source epoch per camera
    {<id>}:writer      who may write now, with a time to live
    {<id>}:owner       who began last; outlives the claim, to fence off a writer that slept
    moodtrace:screenings   all ids by start

Live screenings have more: `moodtrace.store_live`; recorded ones over Kafka too:
`moodtrace.store_recorded`.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import msgspec

from moodtrace.errors import (
    BusyError,
    ConfigurationError,
    NotAllowedError,
    UnknownScreeningError,
)
from moodtrace.ledger import CameraLedger, Ledger, added
from moodtrace.rollup import Bucket, rolled
from moodtrace.screening import Screening
from moodtrace.store_cameras import Cameras
from moodtrace.store_client import PATIENT, Patience, infos
from moodtrace.store_connection import Connection, decoded, key, text, unpacked
from moodtrace.store_exact import ExactWriter, late_frames
from moodtrace.store_live import LiveScreenings
from moodtrace.store_recorded import RecordedScreenings
from moodtrace.store_writer import INDEX, Writer, rollup
from moodtrace.timeline import Row

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Store:
    """Screenings and their timelines on one server."""

    def __init__(self, url: str, patience: Patience = PATIENT) -> None:
        """Prepare to talk to the server at `url`; nothing is sent yet.

        Args:
            url: see `moodtrace.store_client`.
            patience: how long the server may take for each command.

        Raises:
            ConfigurationError: The URL can't be understood.
            ServerAwayError: It is a cluster, and none of its nodes answers.
        """
        self._connection = Connection(url, patience)
        self._client = self._connection.client
        self.live = LiveScreenings(self._connection)
        self.recorded = RecordedScreenings(self._connection)
        self.cameras = Cameras(self._connection)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def check(self) -> str:
        """Return the server's name and version, or raise why it can't be used."""
        with self._connection.translated():
            self._client.ping()  # refused while the server still loads its file
            server, *_ = infos(self._client, "server")
        name = server.get("server_name", "redis")
        return f"{name} {server.get(f'{name}_version', server['redis_version'])}"

    def check_keeps_all(self) -> None:
        """See that the server never deletes keys by itself to make room.

        Raises:
            ConfigurationError: it may; what was written would be gone without a word.
        """
        try:
            with self._connection.translated():
                servers = infos(self._client, "memory")
        except NotAllowedError:
            logger.warning("this user of the store may not ask for its eviction policy")
            return
        for policy in {server["maxmemory_policy"] for server in servers} - {"noeviction"}:
            raise ConfigurationError(
                f"the store deletes data when its memory is full: its policy is {policy}",
                where=self._connection.shown_as,
                try_this="CONFIG SET maxmemory-policy noeviction, and in its file, for good",
            )

    def readable(self, read: Callable[[], T]) -> T | None:
        """Read one thing of many, or None: what can't be read is told once and costs no other."""
        return self._connection.readable(read)

    def unreadable(self) -> int:
        """Return how many things this process found that can't be read."""
        return len(self._connection.unreadable)

    def unready(self) -> str:
        """Return why the last write was not taken; empty if it was."""
        reason = self._connection.refusing
        return f"the store takes no writes: {reason}" if reason else ""

    def stop_server(self) -> None:
        """Tell the server to save and end; used for the embedded server alone."""
        with self._connection.translated():
            self._client.shutdown()

    def screenings(self) -> list[Screening]:
        """Return all screenings, newest first; those that can't be read are logged."""
        with self._connection.translated():
            members = self._client.zrange(INDEX, 0, -1, desc=True)
        ids = (text(name) for name in members if isinstance(name, bytes | str))
        read = (self.readable(partial(self.find, name)) for name in ids)
        return [found for found in read if found is not None]

    def screening(self, screening_id: str) -> Screening:
        """Return one screening.

        Raises:
            UnknownScreeningError: There is none with this id.
        """
        found = self.find(screening_id)
        if found is None:
            raise UnknownScreeningError(screening_id)
        return found

    def find(self, screening_id: str) -> Screening | None:
        """Return one screening, or None; one whose writer was killed counts as interrupted."""
        with self._connection.translated():
            record, writer = self._client.mget(
                key(screening_id, "screening"), key(screening_id, "writer")
            )
        if record is None:
            return None
        screening = decoded(record, Screening, f"record of screening {screening_id!r}")
        if screening.state != "running" or writer or self.live.is_running(screening):
            return screening
        if self.recorded.is_fed(screening_id):
            return screening
        return msgspec.structs.replace(screening, state="interrupted")

    def started_at(self) -> dict[str, datetime]:
        """Return when each screening began, newest first; those that can't be read are there."""
        with self._connection.translated():
            members: Any = self._client.zrange(INDEX, 0, -1, desc=True, withscores=True)
        return {text(name): datetime.fromtimestamp(at_s, UTC) for name, at_s in members}

    def rows(self, screening_id: str, start: int = 0) -> list[Row]:
        """Return the rows written so far.

        Args:
            screening_id: whose.
            start: the first second wanted; a page that follows what runs reads the tail alone.
        """
        return self._rows(screening_id, range(max(start, 0), self.next_second(screening_id)))

    def rollups(self, screening: Screening, length_s: int, start: int = 0) -> list[Bucket]:
        """Return the buckets of the rows written so far, without reading the rows of most.

        Those of the bucket that is not at its end are read, and those of buckets that an earlier
        version left out.

        Args:
            screening: whose.
            length_s: of `moodtrace.rollup.LENGTHS_S`.
            start: seconds before this one are not wanted; buckets begin at multiples of their
                length all the same.
        """
        first = max(start, 0) // length_s * length_s
        with self._connection.translated():
            end = self.next_second(screening.id)
            starts = range(first, end, length_s)
            keys = [key(screening.id, rollup(length_s, second)) for second in starts]
            stored = self._client.mget(keys) if keys else []
        what = f"rows of screening {screening.id!r}"
        found = {
            second: unpacked(bucket, Bucket, what)
            for second, bucket in zip(starts, stored, strict=True)
            if bucket is not None
        }
        missing = [second for second in starts if second not in found]
        if missing:
            seconds = (s for m in missing for s in range(m, min(m + length_s, end)))
            rows = self._rows(screening.id, seconds)
            found |= {bucket.start: bucket for bucket in rolled(rows, length_s, screening.k)}
        return [bucket for _, bucket in sorted(found.items())]

    def is_rolled(self, screening_id: str, length_s: int) -> bool:
        """Say whether buckets are stored: an earlier version did not, and few seconds have none."""
        with self._connection.translated():
            return bool(self._client.exists(key(screening_id, rollup(length_s, 0))))

    def next_second(self, screening_id: str) -> int:
        """Return the first second that has no row yet."""
        with self._connection.translated():
            return int(self._client.get(key(screening_id, "progress")) or 0)

    def _rows(self, screening_id: str, seconds: Iterable[int]) -> list[Row]:
        keys = [key(screening_id, f"row:{second}") for second in seconds]
        with self._connection.translated():
            rows = self._client.mget(keys) if keys else []
        what = f"rows of screening {screening_id!r}"
        return [unpacked(row, Row, what) for row in rows if row is not None]

    def ledger(self, screening_id: str) -> Ledger:
        """Return what became of each camera's frames."""
        written = added(self.settled(screening_id), self.live.captured(screening_id))
        whole = added(written, late_frames(self._connection, screening_id))
        for counts in whole.values():  # what an ingest that was killed had not told any more
            counts.captured = max(counts.captured, counts.settled)
        return whole

    def settled(self, screening_id: str) -> Ledger:
        """Return the part of the ledger that the writer of the rows keeps: all but of live ones."""
        with self._connection.translated():
            stored = self._client.get(key(screening_id, "ledger"))
        what = f"ledger of screening {screening_id!r}"
        return decoded(stored or b"{}", dict[str, CameraLedger], what)

    def partitions_of(self, screening_id: str) -> list[str]:
        """Return the partitions of a log that a screening's frames were read from."""
        with self._connection.translated():
            return sorted(map(text, self._client.hkeys(key(screening_id, "offsets"))))

    def delete(self, screening_id: str) -> None:
        """Remove a screening and all that belongs to it, whatever its record says.

        Raises:
            UnknownScreeningError: There is none with this id.
            BusyError: Somebody is writing it, or it is being shown.
        """
        record, writer = (key(screening_id, name) for name in ("screening", "writer"))
        with self._connection.translated():
            if not self._client.exists(record):
                raise UnknownScreeningError(screening_id)
        if screening_id in self.live.running():
            raise BusyError(
                "this screening is being shown",
                where=f"screening {screening_id!r}",
                try_this=f"stop it first: moodtrace screening stop {screening_id}",
            )
        with self.claim(screening_id, f"delete-{uuid.uuid4().hex}"), self._connection.translated():
            self.live.forget(screening_id)
            self.recorded.over(screening_id)
            keys = set(self._client.scan_iter(key(screening_id, "*"), count=1000))
            self._client.delete(*keys - {writer.encode()})
            self._client.zrem(INDEX, screening_id)

    def claim(self, screening_id: str, token: str) -> Writer:
        """Become the one writer of a screening, which need not exist yet.

        Args:
            screening_id: The screening to write.
            token: Id of this run; fences off a writer that lost its claim.

        Raises:
            BusyError: Somebody else is writing it.
        """
        return Writer(self._connection, screening_id, token)

    def claim_exact(self, screening_id: str, token: str) -> ExactWriter:
        """Become the one writer of a screening whose frames come from a log.

        Args:
            screening_id: The screening to write, which need not exist yet.
            token: Id of this run; fences off a writer that lost its claim.

        Raises:
            BusyError: Somebody else is writing it.
        """
        return ExactWriter(self._connection, screening_id, token)
