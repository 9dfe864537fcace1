"""What one replica does: batches of frames in as bytes, batches of numbers out; knows no Ray."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final, NamedTuple, Protocol

import msgspec

from moodtrace.clock import wall_ms
from moodtrace.messages import FrameCaptured, Scored
from workers.analyzer import Timed
from workers.fitting import Fitting
from workers.identity import Identity
from workers.infer import MAX_BATCH_FRAMES
from workers.scaling import LATENESS, Waiting
from workers.shadow import Mirror, Show

HUNG_AFTER_S: Final = 5.0
"""Networks that take longer for one part of a batch will never end. CenterFace, the slowest, takes
2.1 s for 16 pictures on one thread."""
OF_LATE_S: Final = 5.0
"""How long a batch counts in what Serve is told; it asks every three seconds."""

_frames: Final = msgspec.msgpack.Decoder(FrameCaptured)
_encode: Final = msgspec.msgpack.Encoder().encode


class Analysing(Protocol):
    """A `workers.analyzer.Analyzer`, or what a test puts in its place."""

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        """Return one message per frame, in the same order."""
        ...

    def check(self) -> None:
        """Use every network once; raise what they raise."""
        ...


OpenAnalyzer = Callable[[Timed], Analysing]


class Reply(NamedTuple):
    """What became of one batch."""

    scored: list[bytes]
    """One message of `moodtrace.messages.Scored` per frame, in the same order, as msgpack."""
    seconds: dict[str, float]
    """What each stage took."""


class FaceAnalyzer:
    """One copy of all networks, and one batch at a time; see `docs/reference/serve.md`."""

    def __init__(
        self,
        open_analyzer: OpenAnalyzer,
        identity: Identity,
        max_frames: int = MAX_BATCH_FRAMES,
        shadow: Show | None = None,
        owner: str = "",
    ) -> None:
        """Load the networks and use them once, so that the first batch is as quick as the next.

        Args:
            open_analyzer: loads them.
            identity: what they make of a timeline.
            max_frames: larger batches are analysed in parts; see `workers.infer.batch_frames`.
            shadow: is shown what was analysed; see `workers.shadow`.
            owner: who deployed this replica.
        """
        self._identity = identity
        self._owner = owner
        self._seconds: dict[str, float] = {}
        self._turn = Lock()
        self._began_s: float | None = None
        self._latenesses: deque[tuple[float, float]] = deque(maxlen=64)
        """When batches came, and how late."""
        self._analyzer = open_analyzer(self._timed)
        self._analyse = Fitting(self._timely, max_frames)
        self._mirror = Mirror(shadow) if shadow else None
        self._analyzer.check()

    def __call__(self, frames: Sequence[bytes], waiting: Waiting | None = None) -> Reply:
        """Analyse a batch that the caller formed; a frame that fails, fails alone.

        Args:
            frames: messages of `FrameCaptured` as msgpack, of any screenings and cameras.
            waiting: how long they have waited; None if nobody minds.
        """
        if waiting:
            self._latenesses.append((time.monotonic(), waiting.lateness(wall_ms())))
        captured = [_frames.decode(frame) for frame in frames]
        self._seconds = {}
        scored = [_encode(message) for message in self._analyse(captured)]
        if self._mirror:
            self._mirror(frames, scored)
        return Reply(scored, self._seconds)

    def identity(self) -> Identity:
        """Return what makes the numbers."""
        return self._identity

    def owner(self) -> str:
        """Return who deployed this replica."""
        return self._owner

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """Return how late batches were of late; Serve asks, and passes it to `scaling.policy`."""
        since_s = time.monotonic() - OF_LATE_S
        told = [lateness for came_s, lateness in tuple(self._latenesses) if came_s >= since_s]
        return {LATENESS: max(told, default=0.0)}

    async def check_health(self) -> None:
        """Raise if the networks hang or fail; Serve replaces a replica of which three checks fail.

        A batch in its networks proves as much as a canned one, as long as it is not too old.
        """
        began_s = self._began_s
        if began_s is None:
            await asyncio.to_thread(self._check)
        elif time.monotonic() - began_s > HUNG_AFTER_S:
            raise TimeoutError(f"a batch is in the networks for over {HUNG_AFTER_S:.0f} s")

    def _timely(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        with self._turn, self._busy():
            return self._analyzer(frames)

    def _check(self) -> None:
        if not self._turn.acquire(blocking=False):
            return  # a batch has come
        try:
            with self._busy():
                self._analyzer.check()
        finally:
            self._turn.release()

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self._began_s = time.monotonic()
        try:
            yield
        finally:
            self._began_s = None

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began_s = time.perf_counter()
        try:
            yield
        finally:
            taken_s = time.perf_counter() - began_s
            self._seconds[stage] = self._seconds.get(stage, 0.0) + taken_s
