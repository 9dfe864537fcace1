"""Timelines made anew out of what lies on Kafka, and how they differ from those in the store."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_reader import read_all
from moodtrace.bus_topics import FACES, SCREENINGS
from moodtrace.clock import utc_now
from moodtrace.errors import BusyError, NothingOnKafkaError
from moodtrace.export import content_sha256
from moodtrace.ledger import LATE, CameraLedger, Ledger
from moodtrace.messages import Scored
from moodtrace.rollup import LENGTHS_S, rolled
from moodtrace.screening import Screening, ScreeningDeleted, ScreeningRecorded
from moodtrace.store import Store
from moodtrace.timeline import Row
from workers.recomputed import RowList, recomputed

ROWS_AT_ONCE: Final = 500
"""A step of the store stays short."""


@dataclass
class OnKafka:
    """What lies there of one screening, in order."""

    runs: list[ScreeningRecorded]
    messages: list[Scored]


class Difference(NamedTuple):
    """How rows in the store differ from those that their faces on Kafka give."""

    rows: int
    differing: list[int]
    """Seconds whose rows are not equal, or are on one side only."""
    stored_sha256: str
    made_sha256: str
    rollups: list[int]
    """First seconds of stored buckets that are not those of the rows beside them."""
    late: int
    """Frames that came after their second was closed: on Kafka they are there."""


def on_kafka(cluster: Cluster, names: Collection[str] | None = None) -> dict[str, OnKafka]:
    """Read what lies there of some screenings, or of all, but of those that were deleted.

    Raises:
        ServerAwayError: The brokers don't answer.
    """
    found: dict[str, OnKafka] = defaultdict(lambda: OnKafka([], []))
    for told in read_all(cluster, SCREENINGS):
        if isinstance(told, ScreeningDeleted):
            found.pop(told.screening_id, None)
        elif names is None or told.screening_id in names:
            found[told.screening_id].runs.append(told)
    for message in read_all(cluster, FACES) if found else ():
        if message.screening_id in found:
            found[message.screening_id].messages.append(message)
    return dict(found)


def compared(store: Store, cluster: Cluster, name: str) -> Difference:
    """Compare the rows of a screening with those that its faces on Kafka give.

    Raises:
        UnknownScreeningError: There is none with this id.
        NothingOnKafkaError: Kafka has nothing of it.
    """
    screening, rows = store.screening(name), store.rows(name)
    if not screening.live and store.recorded.run_of(name) is None:
        raise NothingOnKafkaError(name)  # an earlier one of this id may be there
    log = on_kafka(cluster, [name]).get(name)
    if log is None:
        raise NothingOnKafkaError(name)
    made = recomputed(log.runs, log.messages, _gaps(rows)).rows
    if screening.state != "finished":
        made = made[: len(rows)]  # its faces may be further than its rows
    late = sum(counts.dropped.get(LATE, 0) for counts in store.ledger(name).values())
    differing = [
        second
        for second in range(max(len(rows), len(made)))
        if _packed(rows, second) != _packed(made, second)
    ]
    return Difference(
        rows=len(rows),
        differing=differing,
        stored_sha256=content_sha256(rows),
        made_sha256=content_sha256(made),
        rollups=_wrong_rollups(store, screening, rows),
        late=late,
    )


def restore(store: Store, name: str, log: OnKafka, *, replaces: bool) -> Screening:
    """Write a screening anew, out of what lies on Kafka, and return its record.

    Raises:
        BusyError: It is there, or somebody is writing it.
    """
    made = recomputed(log.runs, log.messages, _gaps(store.rows(name)))
    record, ledger = _record(log.runs[-1], made), _ledger(log.runs[-1], made)
    run = replace(record.run, finished_at=None)
    begun = replace(record, state="running", run=run)
    recording = next((r.recording for r in reversed(log.runs) if r.recording), None)
    with store.claim_exact(name, f"rebuild-{uuid.uuid4().hex}") as writer:
        if store.find(name) and not replaces:
            raise BusyError(
                "this screening is in the store",
                where=f"screening {name!r}",
                try_this="`moodtrace verify` compares it; add --replace to write it anew",
            )
        if recording:
            writer.record(begun, ledger, recording, fresh=True)
        else:
            writer.begin(begun, ledger, fresh=True)
        for first in range(0, len(made.rows), ROWS_AT_ONCE):
            writer.append(made.rows[first : first + ROWS_AT_ONCE], ledger)
        writer.update(record)
    return record


def _gaps(rows: Sequence[Row]) -> dict[int, str]:
    """Return why seconds have no data, which a log can't say of frames that it lost."""
    return {row.second: row.gap for row in rows if row.gap}


def _record(last: ScreeningRecorded, made: RowList) -> Screening:
    """Return the record of the end; made up where nobody could say it any more."""
    if last.seconds is not None:
        return last.record
    sources = {
        camera: replace(source, problem=made.problems.get(camera, ""))
        for camera, source in last.record.sources.items()
    }
    run = replace(last.record.run, finished_at=utc_now())
    return replace(last.record, state=made.state, sources=sources, run=run)


def _ledger(last: ScreeningRecorded, made: RowList) -> Ledger:
    """Return the ledger: what was dropped on the way is in that of the end alone."""
    whole: Ledger = {}
    for camera in last.ledger | made.ledger:
        told = last.ledger.get(camera, CameraLedger())
        counts = made.ledger.get(camera, CameraLedger())
        whole[camera] = CameraLedger(
            captured=max(told.captured, counts.captured),
            analysed=counts.analysed,
            failed=counts.failed,
            dropped={
                **counts.dropped,
                **{why: number for why, number in told.dropped.items() if why != LATE},
            },
        )
    return whole


def _wrong_rollups(store: Store, screening: Screening, rows: Sequence[Row]) -> list[int]:
    wrong = set()
    for length_s in LENGTHS_S:
        whole = rows[: len(rows) // length_s * length_s]  # more may have been written since
        made = rolled(whole, length_s, screening.k)
        stored = store.rollups(screening, length_s)
        wrong |= {ours.start for ours, theirs in zip(made, stored, strict=False) if ours != theirs}
    return sorted(wrong)


def _packed(rows: Sequence[Row], second: int) -> bytes:
    return msgspec.json.encode(rows[second]) if second < len(rows) else b""
