"""One camera, kept running: carries out what its machine says; knows neither store nor bus."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from random import Random
from threading import Event as Flag
from threading import Thread
from typing import Final, NamedTuple

from msgspec.structs import replace

from ingest.camera_health import health
from ingest.camera_machine import Action, Ended, Event, Machine, Patience, step
from ingest.camera_meter import CameraMeter
from ingest.live_events import (
    DECODER_LOST,
    OPEN_S,
    LiveAlive,
    LiveClockJumped,
    LiveDropped,
    LiveEnded,
    LiveEvent,
    LiveFailed,
    LiveFrame,
    LiveJob,
    LiveOpened,
)
from ingest.live_process import LiveProcess
from ingest.probe import address_of, probe
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.ledger import INTERRUPTED

logger = logging.getLogger(__name__)

REPORT_EVERY_S: Final = 2.0
TURN_S: Final = 0.2
"""Longest wait for the decode process before anything else is looked at."""


class Sampled(NamedTuple):
    """A frame of a camera, or word of frames that its decode process left out."""

    camera: Camera
    connection: int
    """Rises each time that a camera is opened anew, changes its codec or size, or its clock."""
    event: LiveFrame | LiveFailed | LiveDropped


class Outlets(NamedTuple):
    """Whom cameras ask and tell, from the threads of all of them."""

    job_of: Callable[[Camera], LiveJob | str]
    """Says at every try how to read a camera, its password looked up; or the code of why not."""
    sink: Callable[[Sampled], None]
    """Takes what was sampled; must not wait."""
    report: Callable[[CameraStatus], None]
    """Told at each change of state and every two seconds."""
    face_px: Callable[[str], int | None] = lambda _: None
    """Says how large the faces of a camera are, as in `CameraStatus`."""


class CameraKeeper:
    """Reads one camera in a thread of its own until it is stopped, whatever happens to it."""

    def __init__(
        self, camera: Camera, outlets: Outlets, connections: Iterator[int], rng: Random
    ) -> None:
        """Prepare the thread.

        Args:
            camera: what to read; nothing is read while it is not enabled.
            outlets: whom to ask and tell.
            connections: numbers of connections, rising.
            rng: of the jitter.
        """
        self.camera = camera
        self._outlets = outlets
        self._connections = connections
        self._rng = rng
        self._patience = Patience.of(OPEN_S, camera.fps)
        self._machine = Machine()
        self._meter = CameraMeter()
        self._process: LiveProcess | None = None
        self._running = ExitStack()
        """Ends `_process`."""
        self._connection = 0
        self._told: deque[Event] = deque(["enable"] if camera.enabled else [])
        self._since_ms = _unix_ms()
        self._report_s = time.monotonic()
        self._detail = ""
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name=f"camera {camera.name}")

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until it has ended, and its decode process with it."""
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except Exception:
                    logger.exception(
                        "camera failed", extra={"fields": {"camera": self.camera.name}}
                    )
                    self._take(Ended("unexpected"))
        finally:
            self._take("disable")

    def _turn(self) -> None:
        while self._told:
            self._take(self._told.popleft())
        due_s = min(self._machine.next_tick_s, self._report_s) - time.monotonic()
        self._read(min(TURN_S, max(0.0, due_s)))
        self._take("tick")
        if time.monotonic() >= self._report_s:
            self._report()

    def _read(self, timeout_s: float) -> None:
        """Hear out the decode process; wait for its first word."""
        if self._process is None:
            self._stopping.wait(timeout_s)
        while self._process is not None:
            event = self._process.read(timeout_s)
            if event is None:
                return
            self._hear(event)
            if self._stopping.is_set():
                return
            timeout_s = 0.0

    def _hear(self, event: LiveEvent) -> None:
        match event:
            case LiveOpened():
                self._connection = next(self._connections)
                self._meter.opened(event)
                self._take("alive")
            case LiveClockJumped(jump_ms=jump_ms):
                self._connection = next(self._connections)
                fields = {"camera": self.camera.name, "jump_ms": jump_ms}
                logger.info("camera clock jumped", extra={"fields": fields})
            case LiveFrame():
                self._meter.frame(event, time.monotonic())
                self._take("frame")
                self._outlets.sink(Sampled(self.camera, self._connection, event))
            case LiveFailed():
                self._meter.failed(event)
                self._take("alive")
                self._outlets.sink(Sampled(self.camera, self._connection, event))
            case LiveDropped():
                self._meter.dropped(event)
                self._take("alive")
                self._outlets.sink(Sampled(self.camera, self._connection, event))
            case LiveAlive():
                self._take("alive")
            case LiveEnded(reason=reason, detail=detail):
                self._detail = detail
                self._take(Ended(reason))

    def _take(self, event: Event) -> None:
        """Tell the machine, and do what it says."""
        before, now_s = self._machine, time.monotonic()
        self._machine, actions = step(before, event, now_s, patience=self._patience, rng=self._rng)
        try:
            if self._machine.state != before.state and not self._stopping.is_set():
                self._changed(before, now_s)
        finally:
            for action in actions:
                self._act(action, INTERRUPTED if event == "disable" else DECODER_LOST)

    def _changed(self, before: Machine, now_s: float) -> None:
        self._since_ms = _unix_ms()
        self._meter.entered(self._machine.state, now_s)
        fields = {
            "camera": self.camera.name,
            "was": before.state,
            "state": self._machine.state,
            "reason": self._machine.reason,
            "detail": self._detail,
        }
        logger.info("camera changed", extra={"fields": fields})
        self._detail = ""
        self._report()

    def _report(self) -> None:
        now_s = time.monotonic()
        self._report_s = now_s + REPORT_EVERY_S
        machine, name = self._machine, self.camera.name
        status = self._meter.status(name, machine.state, machine.reason, self._since_ms, now_s)
        status = replace(status, face_px=self._outlets.face_px(name))
        grade, reasons = health(status, self.camera, _unix_ms())
        self._outlets.report(replace(status, grade=grade, reasons=reasons))

    def _act(self, action: Action, why_killed: str) -> None:
        match action:
            case "start":
                self._start()
            case "kill":
                self._kill(why_killed)
            case "probe":
                self._probe()

    def _start(self) -> None:
        job = self._outlets.job_of(self.camera)
        if isinstance(job, str):
            self._take(Ended(job))
        else:
            self._connection = next(self._connections)
            self._process = self._running.enter_context(LiveProcess(job))

    def _kill(self, reason: str) -> None:
        """End the decode process, and count the frames that it had not handed over."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        undelivered = process.undelivered(reason)
        self._running.close()
        if undelivered is not None:
            self._meter.dropped(undelivered)
            self._outlets.sink(Sampled(self.camera, self._connection, undelivered))

    def _probe(self) -> None:
        address = address_of(self.camera.source)
        if address is not None:
            probe(address, lambda up: self._told.append("reachable" if up else "unreachable"))


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000
