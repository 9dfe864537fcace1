"""From cameras to the bus: holds frames for a moment, places and counts them; knows no store.

Frames wait `HOLD_MS` before they get their place, so that a pause which was told a moment after it
happened still holds for the frames of that moment. Whatever is lost on the way is counted where it
would have belonged: in the screening that its time of capture falls into.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock
from typing import Final, NamedTuple

from ingest.camera_keeper import Sampled
from ingest.camera_meter import NEVER_SAMPLED
from ingest.live_events import LiveDropped, LiveFrame
from ingest.stamping import Stamper, position
from ingest.tally import NOT_SHOWN, UNPLACED, Tally
from moodtrace.bus_live import OVERLOAD
from moodtrace.cameras import Camera
from moodtrace.clock import steady_ms
from moodtrace.ledger import STORE_AWAY
from moodtrace.messages import Captured
from moodtrace.showing import Board

HOLD_MS: Final = 600
STEP_S: Final = 0.05
PATIENCE_MS: Final = 3_000
"""So long a frame waits for a store that is away; rows wait for late frames little longer."""
LAST_MS: Final = 500
"""The same once no more frames come and the process ends."""
MAX_HELD_BYTES: Final = 128 << 20
"""Three times what eight cameras of 5 fps send while frames are held, not even coded as JPEG; as
much again may wait for the store, which is two seconds of the same."""
OVERHEAD_BYTES: Final = 1_000
"""What a frame takes up beside its picture, about."""
MAX_UNJUDGED: Final = 100_000
"""Lost frames of which it is not known yet where they belong; an hour of five cameras at 5 fps."""


class _Held(NamedTuple):
    since_ms: int
    sampled: Sampled


class _Lost(NamedTuple):
    since_ms: int
    camera: Camera
    capture_ms: int
    reason: str


class Intake:
    """Takes the frames of all cameras from their threads, and sends messages from one."""

    def __init__(
        self,
        stamper: Stamper,
        board: Callable[[], Board],
        send: Callable[[Captured, int], None],
        max_held_bytes: int = MAX_HELD_BYTES,
    ) -> None:
        """Start empty.

        Args:
            stamper: used by the thread of `run` alone.
            board: says what is shown; asked often from any thread, so it must be quick.
            send: passes a message on, with the Unix time of its capture in ms; never waits for
                long.
            max_held_bytes: of frames that are held, and again of those that wait for the store.
        """
        self._stamper = stamper
        self._board = board
        self._send = send
        self._max_held_bytes = max_held_bytes
        self._lock = Lock()
        self._held: deque[_Held] = deque()
        self._held_bytes = 0
        self._waiting: list[_Held] = []
        self._unjudged: deque[_Lost] = deque()
        self.tally = Tally()

    def put(self, sampled: Sampled) -> None:
        """Take what a camera sampled; never waits, and drops the oldest if too much is held."""
        lost = []
        with self._lock:
            self._held.append(_Held(steady_ms(), sampled))
            self._held_bytes += _size_bytes(sampled)
            while self._held_bytes > self._max_held_bytes:
                lost.append(self._pop())
        for held in lost:
            self._lose(held, OVERLOAD)

    def run(self, stop: Event) -> None:
        """Stamp and send until `stop` is set, and then what is held still; call it once.

        When `stop` is set, nothing more may be put.
        """
        while not stop.wait(STEP_S):
            due_ms = steady_ms() - HOLD_MS
            self.step(due_ms, due_ms - PATIENCE_MS)
        ended_ms = steady_ms()
        self.step(ended_ms, ended_ms - PATIENCE_MS)
        while self._waiting and steady_ms() < ended_ms + LAST_MS:
            time.sleep(STEP_S)
            self.step(ended_ms, ended_ms - PATIENCE_MS)
        self.step(ended_ms, ended_ms)
        for lost in self._unjudged:
            self.tally.beside(lost.camera.name, UNPLACED, 1)

    def step(self, due_ms: int, give_up_ms: int) -> None:
        """Decide on the frames that were put up to `due_ms`, as far as the store has answered.

        Args:
            due_ms: on the steady clock.
            give_up_ms: frames that were put up to then and can't be decided on are lost.
        """
        board = self._board()
        self._judge(board)
        undecided: list[_Held] = []
        behind: set[str] = set()
        for held in [*self._waiting, *self._due(due_ms)]:
            camera_id = held.sampled.camera.name
            if camera_id in behind or not self._decide(held, board):
                behind.add(camera_id)  # the frames of a camera stay in order
                undecided.append(held)
        self._waiting = self._kept(undecided, give_up_ms)

    def _due(self, due_ms: int) -> list[_Held]:
        due = []
        with self._lock:
            while self._held and self._held[0].since_ms <= due_ms:
                due.append(self._pop())
        return due

    def _pop(self) -> _Held:
        held = self._held.popleft()
        self._held_bytes -= _size_bytes(held.sampled)
        return held

    def _decide(self, held: _Held, board: Board) -> bool:
        """Send or count a frame; False if the store has to say something first."""
        camera, connection, event = held.sampled
        if isinstance(event, LiveDropped):
            self._lose(held, event.reason)
            return True
        at = position(camera, event.capture_ms, board.showings)
        if at is None:
            if board.as_of_ms < held.since_ms:
                return False
            self.tally.beside(camera.name, NOT_SHOWN, 1)
            return True
        message = self._stamper.stamp(camera, connection, event, at)
        if message is None:
            return False
        self.tally.captured(message.screening_id, message.camera_id)
        self._send(message, event.capture_ms)
        return True

    def _kept(self, undecided: Sequence[_Held], give_up_ms: int) -> list[_Held]:
        """Return what may wait longer, the oldest first."""
        kept: list[_Held] = []
        waiting_bytes = 0
        for held in reversed(undecided):
            waiting_bytes += _size_bytes(held.sampled)
            if held.since_ms > give_up_ms and waiting_bytes <= self._max_held_bytes:
                kept.append(held)
            else:
                self._lose(held, STORE_AWAY)
        return kept[::-1]

    def _lose(self, held: _Held, reason: str) -> None:
        """Count frames that go no further; what was dropped before keeps its reason."""
        camera, _, event = held.sampled
        match event:
            case LiveDropped(count=count) if event.reason in NEVER_SAMPLED:
                self.tally.beside(camera.name, event.reason, count)
                return
            case LiveDropped():
                times_ms, reason = event.times_ms(), event.reason
            case _:
                times_ms = [event.capture_ms]
        board = self._board()
        for capture_ms in times_ms:
            self._book(_Lost(held.since_ms, camera, capture_ms, reason), board)

    def _book(self, lost: _Lost, board: Board) -> None:
        """Count a lost frame where it belongs, or keep in mind that somebody has to."""
        at = position(lost.camera, lost.capture_ms, board.showings)
        if at is not None:
            self.tally.lost(at.trace_id, lost.camera.name, lost.reason)
        elif board.as_of_ms < lost.since_ms:
            self._unjudged.append(lost)
        else:
            self.tally.beside(lost.camera.name, NOT_SHOWN, 1)

    def _judge(self, board: Board) -> None:
        """Count lost frames of which it is known by now where they belong."""
        while self._unjudged and self._unjudged[0].since_ms <= board.as_of_ms:
            self._book(self._unjudged.popleft(), board)
        while len(self._unjudged) > MAX_UNJUDGED:
            self.tally.beside(self._unjudged.popleft().camera.name, UNPLACED, 1)


def _size_bytes(sampled: Sampled) -> int:
    image = sampled.event.image if isinstance(sampled.event, LiveFrame) else b""
    return len(image) + OVERHEAD_BYTES
