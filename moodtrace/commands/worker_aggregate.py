"""Faces off Kafka into timelines: what `moodtrace worker aggregate` runs."""

import logging
from collections.abc import Callable, Collection, Mapping
from threading import Event
from typing import Final

from moodtrace.bus_consumer import Batch, Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FACES, SCREENINGS
from moodtrace.clock import steady_ms, wall_ms
from moodtrace.commands.janitor import keep_clean
from moodtrace.commands.service import told_to_end
from moodtrace.crew import Crew
from moodtrace.errors import BusyError, ServerAwayError, StoredDataError
from moodtrace.health import Health, Watched, served
from moodtrace.live_board import LiveBoard
from moodtrace.messages import Scored
from moodtrace.store import Store
from moodtrace.store_exact import OffsetGapError
from workers.identity import Identity
from workers.log_writer import LogWriter
from workers.logged import LogTimelines, ScreeningOverError
from workers.recorded import Logged

logger = logging.getLogger(__name__)

MAX_FRAMES: Final = 256
TURN_S: Final = 0.2
TICK_MS: Final = 250
COMMIT_MS: Final = 1_000
CLOCKS_MS: Final = 10_000
"""The clock of who sends faces may be behind that of who began the screening by so much."""


def run(
    cluster: Cluster,
    store: Store,
    identity: Identity,
    health_port: int,
    started: Callable[[int], None],
    retention_days: int | None = None,
) -> None:
    """Write timelines until SIGTERM or Ctrl-C; then let go of them, for another one to go on.

    Args:
        cluster: the brokers; they may be away for a while.
        store: where timelines go; it may be away too.
        identity: of the networks behind the faces.
        health_port: for health.
        started: called with the port of health once it runs.
        retention_days: how long timelines are kept; None for ever.
    """
    with (
        told_to_end() as stop,
        Producer(cluster, SCREENINGS, when_full="wait") as records,
        Consumer(cluster, FACES, "aggregate") as faces,
        Crew(Event(), Event()) as crew,
    ):
        crew.start("janitor", lambda: keep_clean(store, retention_days, cluster, crew.stop))
        health = Health(
            Watched(
                unready=lambda: "Kafka is away" if faces.is_away else store.unready(),
                unreadable=store.unreadable,
            )
        )
        aggregator = _Aggregator(
            faces, store, lambda name: LogWriter(store, name, identity, stop, records.send)
        )
        with served(health, health_port) as port:
            started(port)
            try:
                while not stop.is_set():
                    with health.latency.labels(stage="aggregate").time():
                        aggregator.turn()
            except ServerAwayError:
                if not stop.is_set():
                    raise
            aggregator.timelines.suspend()


class _Aggregator:
    """One member of the group that reads faces."""

    def __init__(
        self, faces: Consumer[Scored], store: Store, open_writer: Callable[[str], LogWriter]
    ) -> None:
        self._faces = faces
        self._store = store
        self._board = LiveBoard(store)
        self._topic_id = faces.topic_id
        self._read: dict[int, int] = {}
        """By partition, the offset behind what was read last."""
        self._committed: dict[int, int] = {}
        """By partition, the offset that the brokers know."""
        self._cut_off: dict[int, set[str]] = {}
        """By partition whose offsets began anew, the screenings that were told so."""
        self._tick_ms = self._commit_ms = steady_ms()
        self._new_writer = open_writer
        self.timelines = LogTimelines(self._open_writer)

    def turn(self) -> None:
        """Read once, and write what is complete by then."""
        batch = self._faces.poll(MAX_FRAMES, TURN_S)
        if batch.positions and not self._faces.confirm():
            batch = Batch()
        if self._faces.topic_id != self._topic_id:
            self._topic_id = self._faces.topic_id
            self._read, self._committed, self._cut_off = {}, {}, {}
        owned = self._faces.partitions()
        self._read = {number: at for number, at in self._read.items() if number in owned}
        if not self._faces.is_away:
            self.timelines.keep(map(self._name, owned))
        for number, following in sorted(batch.positions.items()):
            self._apply(number, batch, following)
        if steady_ms() >= self._tick_ms + TICK_MS:
            self._tick_ms = steady_ms()
            self._board.refresh()
            self._take_over(set(map(self._name, owned)))
            self.timelines.tick(self._board.shown(), steady_ms(), wall_ms())
        if steady_ms() >= self._commit_ms + COMMIT_MS:
            self._commit_ms = steady_ms()
            for number, following in sorted(self._read.items()):
                self._apply(number, Batch(), following)  # a store that fell back says so
            if self._faces.commit(self._read):  # for who looks at lag; the store knows better
                self._committed |= self._read

    def _apply(self, number: int, batch: Batch[Scored], following: int) -> None:
        frames = [Logged(r.offset, r.message) for r in batch.received if r.partition == number]
        start = batch.starts.get(number, following)
        if number in batch.starts and self._is_cut_off(number, start):
            self._begin_anew(number, start)
            return
        first, name = self._read.get(number, start), self._name(number)
        try:
            self.timelines.apply(name, first, frames, following, steady_ms(), lost_until=start)
        except OffsetGapError as gap:
            fields = {"partition": number, "read": first, "stored": gap.offset}
            logger.warning("the store went back; reading again", extra={"fields": fields})
            self._read_again(number, gap.offset)
        except BusyError as error:
            why = {"partition": number, "why": error.what, "where": error.where}
            logger.warning("let go of a partition", extra={"fields": why})
            self._read_again(number, first)
        else:
            self._read[number] = following
            if first < start:  # they were not kept for long enough
                lost = {"partition": number, "from": first, "to": start}
                logger.error("frames are lost", extra={"fields": lost})

    def _is_cut_off(self, number: int, start: int) -> bool:
        """Say whether a partition ends before what was read of it, or did when it was fetched."""
        end = self._faces.end(number)
        is_short = end is not None and end < self.timelines.read_of(self._name(number))
        return is_short or start < self._committed.get(number, 0)

    def _begin_anew(self, number: int, offset: int) -> None:
        """Read a partition as if nothing of it had been read: its offsets mean other frames."""
        self._cut_off[number] = set()
        self._committed.pop(number, None)
        self._read_again(number, offset)

    def _read_again(self, number: int, offset: int) -> None:
        """Let go of all timelines of a partition, and go on from what the store has of them."""
        self.timelines.keep({*map(self._name, self._faces.partitions())} - {self._name(number)})
        self._faces.seek(number, offset)
        self._read[number] = offset

    def _take_over(self, owned: Collection[str]) -> None:
        """Go on with what was begun and has no frames, or no more, that would tell us of it."""
        recorded = self._store.recorded
        waiting = [viewing.screening_id for viewing in self._board.shown()]
        waiting += [name for name in recorded.unfinished() if recorded.is_fed(name)]
        for name in waiting:
            if not self.timelines.is_open(name) and (partition := self._home_of(name)) in owned:
                try:
                    self.timelines.open(name, partition, steady_ms())
                except ScreeningOverError:
                    recorded.over(name)
                except StoredDataError:
                    continue
                except BusyError:  # `moodtrace up` on the same store, or who had it before us
                    logger.info("another process writes it", extra={"fields": {"id": name}})
                else:
                    self._read_what_it_lacks(_number(partition))

    def _read_what_it_lacks(self, number: int) -> None:
        at = self._read.get(number, self._faces.position(number))
        if at is not None:
            self._apply(number, Batch(), at)

    def _open_writer(self, name: str, partition: str) -> LogWriter:
        """Claim a screening; if none of it was read, or that was lost, read from its start."""
        writer = self._new_writer(name)
        if self._is_new(name, partition, writer.read_before):
            start = self._faces.offset_at(_number(partition), writer.started_ms - CLOCKS_MS)
            if writer.read_before:
                fields = {
                    "what": "what lay on the topic of faces is gone, as far as it was not read",
                    "where": f"screening {name!r}, {partition}, read before: {writer.read_before}",
                    "try_this": "keep topics, and their retention over the longest outage; "
                    "the gaps are named data_lost",
                }
                logger.error("the topic was made anew or cut off", extra={"fields": fields})
                writer.begin_anew(partition, start)
            elif start is not None:
                writer.apply(partition, start, [], start)
        return writer

    def _is_new(self, name: str, partition: str, read_before: Mapping[str, int]) -> bool:
        """Say whether nothing was read of a partition yet, or of an earlier one of its name."""
        told = self._cut_off.get(_number(partition))
        if told is not None and name not in told:
            told.add(name)
            return True
        end = self._faces.end(_number(partition))
        stored = read_before.get(partition)
        return stored is None or (end is not None and end < stored)

    def _home_of(self, screening_id: str) -> str:
        """Return the partition where the frames of a screening lie, or will lie."""
        for partition in self._store.partitions_of(screening_id):
            if partition == self._name(_number(partition)):  # else of a topic that is no more
                return partition
        number = self._faces.partition_of(screening_id.encode())
        return "" if number is None else self._name(number)

    def _name(self, number: int) -> str:
        """Name a partition: a topic that is made anew has others."""
        return "/".join(filter(None, (FACES.name, self._topic_id, str(number))))


def _number(partition: str) -> int:
    return int(partition.rpartition("/")[2])
