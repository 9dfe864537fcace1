"""Everything on one machine: cameras, networks, timelines and the page, in one process but two."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from ingest.live_events import LiveJob
from ingest.live_ingest import LiveIngest
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_live import LiveTopic
from moodtrace.cameras import Camera
from moodtrace.clock import steady_ms, wall_ms
from moodtrace.commands.config_reload import follower
from moodtrace.commands.face_sizes import FaceSizes
from moodtrace.commands.janitor import keep_clean
from moodtrace.commands.service import controlled, told_to_end, wait_for
from moodtrace.crew import Crew
from moodtrace.health import Health, Watched
from moodtrace.messages import Captured, FrameCaptured, Scored
from moodtrace.store import Store
from workers.analyzer import Analyzer
from workers.identity import Identity
from workers.infer import MAX_BATCH_FRAMES, infer
from workers.live import LiveTimelines
from workers.live_writer import LiveWriter

MAX_WAITING_FRAMES: Final = 64
MAX_WAITING_BYTES: Final = 128 << 20
MAX_WAITING_FACES: Final = 256
"""Frames' worth of numbers that may wait for the store."""
TURN_S: Final = 0.2


@dataclass(frozen=True)
class Live:
    """What a live process works with."""

    store: Store
    job_of: Callable[[Camera], LiveJob | str]
    analyzer: Analyzer
    identity: Identity
    config: Path | None = None
    retention_days: int | None = None
    cluster: Cluster | None = None
    """Brokers that are told what is deleted by age."""


def run(live: Live, data_dir: Path, health_port: int, started: Callable[[int], None]) -> None:
    """Read, analyse and write until SIGTERM or Ctrl-C; then drain within ten seconds.

    Args:
        live: what to work with.
        data_dir: where the token of the controls is written.
        health_port: for health and controls.
        started: called with the port of health once all of it runs.

    Raises:
        ConfigurationError: the file of cameras is wrong.
        CannotWriteError: the port is taken.
    """
    chain = LiveChain(live)
    health = Health(chain.watched)
    with (
        told_to_end() as stop,
        controlled(health, health_port, live.store, data_dir) as port,
        chain.running(health),
    ):
        started(port)
        wait_for(stop, chain.failed)


class LiveChain:
    """Frames to faces to rows, one thread each."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._frames: LiveTopic[Captured] = LiveTopic(
            max_items=MAX_WAITING_FRAMES,
            max_bytes=MAX_WAITING_BYTES,
            camera_of=lambda message: message.camera_id,
            bytes_of=_size_bytes,
            dropped=lambda message, reason: self._ingest.dropped(message, reason),
        )
        self._faces: queue.Queue[Scored | None] = queue.Queue(MAX_WAITING_FACES)
        self._sizes = FaceSizes()
        self._ingest = LiveIngest(
            live.store,
            live.job_of,
            lambda message, _: self._frames.send(message),
            self._sizes.median_px,
        )
        self._hurry = Event()
        self._aggregate_ended = Event()
        self.failed = self._ingest.failed
        """Set when a part failed; what it was is raised where `running` ends."""

    @property
    def watched(self) -> Watched:
        """What the process shows of itself."""
        return Watched(
            ledger=self._ingest.ledger,
            beside=self._ingest.intake.tally.outside,
            cameras=self._ingest.statuses,
            queues=lambda: {"infer": len(self._frames), "aggregate": self._faces.qsize()},
            freshness_s=self._ingest.freshness_s,
            unready=self._ingest.unready,
            unreadable=self._live.store.unreadable,
        )

    @contextmanager
    def running(self, health: Health) -> Iterator[None]:
        """Run it; at the end every frame that was captured is analysed or dropped, and counted."""
        with Crew(Event(), self.failed) as crew:
            crew.start("infer", lambda: self._infer(health))
            crew.start("aggregate", lambda: self._aggregate(health))
            live = self._live
            crew.start(
                "janitor",
                lambda: keep_clean(live.store, live.retention_days, live.cluster, crew.stop),
            )
            try:
                with (
                    self._ingest.claimed(),
                    self._ingest.running(follower(live.config, live.store.cameras)),
                ):
                    yield
            finally:
                self._frames.close()
                self._hurry.set()

    def _infer(self, health: Health) -> None:
        try:
            while (frames := self._frames.take(MAX_BATCH_FRAMES, TURN_S)) is not None:
                if frames:
                    with health.latency.labels(stage="infer").time():
                        scored = list(infer(frames, self._live.analyzer))
                    self._sizes.note(frames, scored)
                    for message in scored:
                        self._pass_on(message)
        finally:
            self._pass_on(None)

    def _pass_on(self, message: Scored | None) -> None:
        """Wait for room, unless nobody takes anything any more."""
        is_taken = False
        while not is_taken and not self._aggregate_ended.is_set():
            with suppress(queue.Full):
                self._faces.put(message, timeout=TURN_S)
                is_taken = True

    def _aggregate(self, health: Health) -> None:
        try:
            self._write_timelines(health)
        finally:
            self._aggregate_ended.set()

    def _write_timelines(self, health: Health) -> None:
        timelines = LiveTimelines(self._open_writer)
        goes_on = True
        while goes_on:
            messages, goes_on = self._taken()
            with health.latency.labels(stage="aggregate").time():
                timelines.take(messages, steady_ms())
                timelines.tick(self._ingest.board.shown(), steady_ms(), wall_ms())
        timelines.suspend()

    def _taken(self) -> tuple[list[Scored], bool]:
        """Return what waits, and whether more may come."""
        messages: list[Scored] = []
        try:
            message = self._faces.get(timeout=TURN_S)
            while message is not None:
                messages.append(message)
                message = self._faces.get_nowait()
        except queue.Empty:
            return messages, True
        return messages, False

    def _open_writer(self, screening_id: str) -> LiveWriter:
        return LiveWriter(self._live.store, screening_id, self._live.identity, self._hurry)


def _size_bytes(message: Captured) -> int:
    return len(message.image) if isinstance(message, FrameCaptured) else 0
