"""Everything on one machine: cameras, networks, timelines and the page, in one process but two."""

import logging
import queue
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Final

from moodtrace.bus_live import LiveTopic
from moodtrace.clock import playhead_ms, steady_ms, wall_ms
from moodtrace.commands.console import say
from moodtrace.commands.crew import Crew
from moodtrace.commands.live_ingest import LiveIngest
from moodtrace.commands.live_writer import Identity, LiveWriter
from moodtrace.errors import UsageError
from moodtrace.health import Health, Watched, served
from moodtrace.ledger import Ledger, added
from moodtrace.messages import Captured, FrameCaptured, Scored
from moodtrace.playhead import PlayEvent, place
from moodtrace.store import Store
from moodtrace.viewers import Thresholds
from workers.analyzer import Analyzer
from workers.infer import MAX_BATCH_FRAMES, infer
from workers.live import LiveTimelines

logger = logging.getLogger(__name__)

MAX_WAITING_FRAMES: Final = 64
MAX_WAITING_BYTES: Final = 64 << 20
MAX_WAITING_FACES: Final = 256
"""Frames' worth of numbers that may wait for the store."""
TURN_S: Final = 0.2
VERBS: Final = ("play", "pause", "seek")


@dataclass(frozen=True)
class Live:
    """What a live process works with."""

    store: Store
    analyzer: Analyzer
    thresholds: Thresholds
    identity: Identity
    config: Path | None = None


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
    chain = _Chain(live)
    token = secrets.token_urlsafe(24)
    with ExitStack() as stack:
        stop = stack.enter_context(told_to_end())
        health = Health(chain.watched)
        control = control_of(live.store)
        port = stack.enter_context(served(health, health_port, control=control, token=token))
        stack.enter_context(_token_file(data_dir / "ingest-token", token))
        stack.enter_context(chain.running(health))
        started(port)
        while not stop.wait(TURN_S) and not chain.failed.is_set():
            pass


class _Chain:
    """Frames to faces to rows, one thread each."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._frames: LiveTopic[Captured] = LiveTopic(
            max_items=MAX_WAITING_FRAMES,
            max_bytes=MAX_WAITING_BYTES,
            camera_of=lambda message: message.camera_id,
            bytes_of=_size_bytes,
            dropped=lambda message, reason: self._ingest.intake.dropped(message, reason),
        )
        self._faces: queue.Queue[Scored | None] = queue.Queue(MAX_WAITING_FACES)
        self._ingest = LiveIngest(live.store, self._frames.send)
        self._hurry = Event()
        self.failed = Event()

    @property
    def watched(self) -> Watched:
        """What the process shows of itself."""
        return Watched(
            ledger=self._ledger,
            cameras=self._ingest.statuses,
            queues=lambda: {"infer": len(self._frames), "aggregate": self._faces.qsize()},
            freshness_s=self._freshness_s,
            unready=lambda: "a part of it failed" if self.failed.is_set() else "",
        )

    @contextmanager
    def running(self, health: Health) -> Iterator[None]:
        """Run it; at the end every frame that was captured is analysed or dropped, and counted."""
        with Crew(self.failed) as crew:
            crew.start("infer", lambda: self._infer(health))
            crew.start("aggregate", lambda: self._aggregate(health))
            try:
                with self._ingest.running(self._live.config):
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
                    for message in scored:
                        self._faces.put(message)
        finally:
            self._faces.put(None)

    def _aggregate(self, health: Health) -> None:
        timelines = LiveTimelines(self._open_writer, self._live.thresholds)
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

    def _ledger(self) -> Ledger:
        whole: Ledger = {}
        for screening_id in self._ingest.intake.ledgers():
            whole = added(whole, self._live.store.ledger(screening_id))
        return whole

    def _freshness_s(self) -> float | None:
        """Return how far behind the playhead the rows of the screening that lags most are."""
        behind = [
            (at.pts_ms - self._live.store.next_second(shown.screening_id) * 1000) / 1000
            for shown in self._ingest.board.shown()
            if (at := place(shown.stretches, wall_ms())) and at.viewing == shown.viewing
        ]
        return max(behind, default=None)


def control_of(store: Store) -> Callable[[str, str, Mapping[str, str]], None]:
    """Return what carries out `play`, `pause` and `seek` of players that call by HTTP."""

    def control(screening_id: str, verb: str, options: Mapping[str, str]) -> None:
        if verb not in VERBS or (verb == "seek" and "to" not in options):
            raise UsageError(
                "a player says play, pause, or seek with a time",
                where=f"{verb} {dict(options)}",
                try_this='POST /screenings/ID/seek with {"to": "0:30"}',
            )
        to = options.get("to")
        to_ms = None if to is None else playhead_ms(to)
        at_ms = int(options.get("at_ms", wall_ms()))
        store.live.act(screening_id, PlayEvent(kind=verb, at_ms=at_ms, to_ms=to_ms))  # type: ignore[arg-type]

    return control


@contextmanager
def told_to_end() -> Iterator[Event]:
    """Give out what Ctrl-C and SIGTERM set, once; the second Ctrl-C ends at once."""
    stop = Event()

    def told(number: int, frame: FrameType | None) -> None:
        if not stop.is_set():
            say("Ending: what was captured is still analysed …")
            signal.signal(signal.SIGINT, signal.default_int_handler)
        stop.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _token_file(path: Path, token: str) -> Iterator[None]:
    """Leave the token where its owner alone can read it."""
    path.unlink(missing_ok=True)
    path.touch(0o600, exist_ok=False)
    path.write_text(token)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _size_bytes(message: Captured) -> int:
    return len(message.image) if isinstance(message, FrameCaptured) else 0
