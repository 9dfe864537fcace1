"""Frames to faces with several batches under way at once; knows no bus, no networks, no threads.

Driven by one thread, which hands in what was read and what has arrived, and takes a turn many times
a second. Nothing here waits.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from moodtrace.clock import steady_ms, wall_ms
from moodtrace.errors import MoodtraceError, ServerAwayError
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.messages import (
    FacesScored,
    FrameCaptured,
    FrameDropped,
    FrameFailed,
    Message,
    Scored,
)
from moodtrace.settings import WorkerSettings
from workers.infer import failed
from workers.lanes import Lanes, Underway, camera_of
from workers.progress import Progress
from workers.scaling import Waiting
from workers.serve_client import BatchLostError

logger = logging.getLogger(__name__)

TRIES: Final = 2
"""Of a batch; if it had several frames, each of them then has one more, alone."""
POISON: Final = "poison"
"""Why a frame failed that the analysis broke down on, alone too."""
FORGETTING: Final = 0.8
"""How much of what a batch took is still expected of the next one, if that took less."""
RETRY_MS: Final = 500
"""Pause after nobody was there to analyse."""
HUNG_MS: Final = 30_000
"""Networks that take longer for a batch will hardly end."""
RECORDED_TARGET_MS: Final = 4_000
"""So long recorded frames may lie on their topic before more replicas are wanted for them."""

Submit = Callable[[Sequence[FrameCaptured], Waiting], "Future[list[Scored]]"]
"""Begins to analyse frames, told how long they have waited, and returns at once; one result per
frame, in the same order."""

Identity = tuple[str, str, int, int]
"""Of a frame, among those of all screenings."""
Outcome = tuple[str, str, str]
"""A camera, what became of frames of it (`analysed`, `dropped`, `failed`), and why."""


class Outlets(NamedTuple):
    """Whom inference tells, from the thread that drives it."""

    send: Callable[[Scored], None]
    """Passes a result on; it is done when `Inference.arrived` says so."""
    bury: Callable[[Underway, str], None]
    """Told each frame that the analysis failed on, and why."""
    timed: Callable[[str, float], None] = lambda stage, seconds: None
    """Told what a stage took, in seconds."""


@dataclass(eq=False)
class _Batch:
    items: Sequence[Underway]
    tries: int = 0
    since_ms: int = field(default_factory=steady_ms)
    """When it was handed over last."""


class Inference:
    """All frames that are under way in this process."""

    def __init__(self, submit: Submit, outlets: Outlets, settings: WorkerSettings) -> None:
        """Begin with none."""
        self._submit = submit
        self._outlets = outlets
        self._settings = settings
        self.lanes = Lanes(settings, self._dropped)
        self._batches: dict[Future[list[Scored]], _Batch] = {}
        self._again: deque[_Batch] = deque()
        """Batches that failed, to be tried once more."""
        self._again_ms = 0
        self._took_ms = 0.0
        self._sent: dict[Identity, list[tuple[Progress[Scored], int]]] = {}
        """By frame, where it was read; of frames whose result has not arrived."""
        self.outcomes: Counter[Outcome] = Counter()

    @property
    def batches(self) -> int:
        """Batches that were handed over and not answered."""
        return len(self._batches)

    @property
    def is_idle(self) -> bool:
        """Whether no batch is under way."""
        return not self._batches and not self._again

    @property
    def is_hung(self) -> bool:
        """Whether a batch takes longer than any should."""
        now_ms = steady_ms()
        return any(now_ms - b.since_ms > HUNG_MS for b in list(self._batches.values()))

    def take(self, item: Underway) -> None:
        """Take a frame that was begun in its partition's progress."""
        self.lanes.put(item)

    def pass_on(self, progress: Progress[Scored], offset: int, message: Scored) -> None:
        """Take what needs no analysis; it leaves behind the frames of its camera."""
        self._finish(progress, offset, message)

    def arrived(self, message: Scored) -> None:
        """Take note that a result is where it shall be."""
        places = self._sent.pop(_identity(message), ())
        if places and (outcome := _outcome(message)):
            self.outcomes[outcome] += 1
        for progress, offset in places:
            progress.settle(offset)

    def lost(self, message: Scored, reason: str) -> None:
        """Take note that a result can't be passed on: its frame fails instead, if that can."""
        if isinstance(message, FacesScored):
            self._outlets.send(failed(message, reason))
        else:
            self.arrived(message)

    def turn(self, *, may_begin: bool = True) -> None:
        """Take the answers that are there and hand over the next batches.

        Args:
            may_begin: hand over new ones, too; if not, only those that failed before.

        Raises:
            MoodtraceError: what a person has to mend, such as replicas of another model.
        """
        for future in [future for future in self._batches if future.done()]:
            self._answered(self._batches.pop(future), future)
        while len(self._batches) < self._settings.in_flight:
            batch = self._next(may_begin)
            if batch is None:
                return
            self._hand_over(batch)

    def _next(self, may_begin: bool) -> _Batch | None:
        now_ms = steady_ms()
        while self._again and now_ms >= self._again_ms:
            batch = self._again.popleft()
            if items := self.lanes.fresh(batch.items, wall_ms()):
                return replace(batch, items=items)
        if self._again or not may_begin:
            return None
        if items := self.lanes.take_live(now_ms, wall_ms(), self._took_ms):
            return _Batch(items)
        if len(self._batches) < max(1, self._settings.in_flight - 1):  # one place is kept for live
            items = self.lanes.take_recorded()
        return _Batch(items) if items else None

    def _hand_over(self, batch: _Batch) -> None:
        batch.since_ms = steady_ms()
        if not batch.tries:
            self._outlets.timed("wait", (batch.since_ms - batch.items[0].since_ms) / 1000)
        batch.tries += 1
        frames = [item.frame for item in batch.items]
        self._batches[self._submit(frames, self._waiting(batch))] = batch

    def _waiting(self, batch: _Batch) -> Waiting:
        """Say how long the oldest frame waits; recorded ones since they were sent.

        Live ones since they were read: no replica mends what cameras, clocks and networks cost.
        They may use half of the time that they had left then.
        """
        oldest = min(batch.items, key=lambda item: item.since_ms)
        if oldest.mode == "batch":
            return Waiting(oldest.at_ms, RECORDED_TARGET_MS, is_live=False)
        read_ms = wall_ms() - (steady_ms() - oldest.since_ms)
        left_ms = oldest.at_ms + self.lanes.allowed_ms(self._took_ms) - read_ms
        target_ms = round(max(left_ms, self._settings.max_age_ms / 10) / 2)
        return Waiting(read_ms, target_ms, is_live=True)

    def _answered(self, batch: _Batch, future: "Future[list[Scored]]") -> None:
        try:
            results = future.result()
        except ServerAwayError:
            batch.tries -= 1
            self._again.append(batch)
            self._again_ms = steady_ms() + RETRY_MS
        except MoodtraceError:
            raise
        except BatchLostError as error:
            self._failed(batch, str(error))
        except Exception as error:
            self._failed(batch, type(error).__name__)
        else:
            took_ms = steady_ms() - batch.since_ms
            self._took_ms = max(took_ms, FORGETTING * self._took_ms)
            self._outlets.timed("infer", took_ms / 1000)
            if not _answers(results, batch.items):
                self._failed(batch, "results of other frames")
                return
            for item, result in zip(batch.items, results, strict=True):
                self._scored(item, result)

    def _failed(self, batch: _Batch, why: str) -> None:
        """Try again what the analysis broke down on: as a whole, then frame by frame."""
        fields = {"frames": len(batch.items), "tries": batch.tries, "why": why}
        logger.warning("a batch failed", extra={"fields": fields})
        if batch.tries < TRIES:
            self._again.append(batch)
        elif len(batch.items) > 1:
            self._again.extend(_Batch([item], tries=TRIES - 1) for item in batch.items)
        else:
            (item,) = batch.items
            self._scored(item, failed(item.frame, POISON))

    def _scored(self, item: Underway, result: Scored) -> None:
        if not item.progress.is_ours:
            return
        if isinstance(result, FrameFailed):
            self._outlets.bury(item, result.reason)
        if item.mode == "live":
            self._outlets.timed("age", (wall_ms() - item.at_ms) / 1000)
        self._finish(item.progress, item.offset, result)

    def _dropped(self, item: Underway, reason: str) -> None:
        frame = item.frame
        dropped = FrameDropped(
            screening_id=frame.screening_id,
            camera_id=frame.camera_id,
            source_epoch=frame.source_epoch,
            seq=frame.seq,
            pts_ms=frame.pts_ms,
            reason=reason,
        )
        if item.progress.is_ours:
            self._finish(item.progress, item.offset, dropped)

    def _finish(self, progress: Progress[Scored], offset: int, result: Scored) -> None:
        for place, message in progress.finish(offset, camera_of(result), result):
            self._sent.setdefault(_identity(message), []).append((progress, place))
            self._outlets.send(message)


def ledger_of(outcomes: Mapping[Outcome, int]) -> Ledger:
    """Return a ledger of what became of frames; it does not know how many were captured."""
    ledger: Ledger = {}
    for (camera, kind, reason), number in outcomes.items():
        counts = ledger.setdefault(camera, CameraLedger())
        match kind:
            case "analysed":
                counts.analysed = number
            case "dropped":
                counts.dropped[reason] = number
            case "failed":
                counts.failed[reason] = number
    return ledger


def _outcome(message: Message) -> Outcome | None:
    match message:
        case FacesScored():
            return message.camera_id, "analysed", ""
        case FrameDropped():
            return message.camera_id, "dropped", message.reason
        case FrameFailed():
            return message.camera_id, "failed", message.reason
        case _:  # it tells of no frame
            return None


def _identity(message: Message) -> Identity:
    return message.screening_id, message.camera_id, message.source_epoch, message.seq


def _answers(results: Sequence[Scored], items: Sequence[Underway]) -> bool:
    """Say whether these are the results of these frames, in the same order."""
    return list(map(_identity, results)) == [_identity(item.frame) for item in items]
