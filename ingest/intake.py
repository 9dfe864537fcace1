"""From cameras to the bus: holds frames for a moment, stamps them, counts them; knows no store.

Frames wait `HOLD_MS` before they get their place, so that a pause which was told a moment after it
happened still holds for the frames of that moment.
"""

import logging
from collections import deque
from collections.abc import Callable
from threading import Event, Lock
from typing import Final, NamedTuple

from ingest.camera_keeper import Sampled
from ingest.stamping import Showings, Stamper
from moodtrace.clock import steady_ms
from moodtrace.errors import MoodtraceError
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.messages import Captured

logger = logging.getLogger(__name__)

HOLD_MS: Final = 600
STEP_S: Final = 0.05
MAX_HELD: Final = 256
"""Frames that may wait: what thirty cameras send in the moment they are held, and as much again."""


class _Held(NamedTuple):
    since_ms: int
    sampled: Sampled


class Intake:
    """Takes the frames of all cameras from their threads, and sends messages from one."""

    def __init__(
        self,
        stamper: Stamper,
        showings: Callable[[], Showings],
        send: Callable[[Captured, int], None],
    ) -> None:
        """Start empty.

        Args:
            stamper: used by the thread of `run` alone.
            showings: what was shown of late; asked at every step, so it must be quick.
            send: passes a message on, with the Unix time of its capture in ms; never waits for
                long.
        """
        self._stamper = stamper
        self._showings = showings
        self._send = send
        self._held: deque[_Held] = deque()
        self._lock = Lock()
        self._ledgers: dict[str, Ledger] = {}
        self.unplaced = 0
        """Frames of cameras whose audience was shown something, that the store could not number."""

    def put(self, sampled: Sampled) -> None:
        """Take a frame; never waits. If the store can't number frames, the oldest are dropped."""
        self._held.append(_Held(steady_ms(), sampled))
        while len(self._held) > MAX_HELD:
            self._held.popleft()
            self.unplaced += 1

    def run(self, stop: Event) -> None:
        """Stamp and send until `stop` is set, and then what is held still."""
        while not stop.wait(STEP_S):
            self._step(steady_ms() - HOLD_MS)
        self._step(steady_ms())

    def dropped(self, message: Captured, reason: str) -> None:
        """Count a message that was sent and then dropped, before anybody analysed it."""
        with self._lock:
            counts = self._counts(message).dropped
            counts[reason] = counts.get(reason, 0) + 1

    def ledgers(self) -> dict[str, Ledger]:
        """Return what was captured and dropped so far, by screening; a copy."""
        with self._lock:
            return {
                screening_id: {
                    camera: CameraLedger(captured=c.captured, dropped=dict(c.dropped))
                    for camera, c in ledger.items()
                }
                for screening_id, ledger in self._ledgers.items()
            }

    def _step(self, until_ms: int) -> None:
        showings = self._showings()
        while self._held and self._held[0].since_ms <= until_ms:
            sampled = self._held.popleft().sampled
            try:
                message = self._stamper.stamp(*sampled, showings)
            except MoodtraceError as error:
                self.unplaced += 1
                logger.warning("a frame could not be numbered: %s", error.what)
                continue
            if message is not None:
                with self._lock:
                    self._counts(message).captured += 1
                self._send(message, sampled.frame.capture_ms)

    def _counts(self, message: Captured) -> CameraLedger:
        ledger = self._ledgers.setdefault(message.screening_id, {})
        return ledger.setdefault(message.camera_id, CameraLedger())
