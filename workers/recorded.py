"""One recorded timeline out of a log: a second is complete when every camera has passed it.

Nothing is late and no clock decides: frames are numbered, so it is known which of them are still to
come. Whatever the order, the rows are those of `workers.aggregate.aggregate` over the same frames.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from moodtrace.clock import second_of
from moodtrace.ledger import INTERRUPTED, CameraLedger, Ledger, settle
from moodtrace.messages import Scored, SourceFinished
from moodtrace.screening import Area, Recording, State
from moodtrace.showing import Shown
from workers.aggregate import RowWriter, closed, write_gaps
from workers.identity import Identity

CUT_SHORT: Final = ("interrupted", "source_lost")
"""Why a camera ends without having passed the second that it is in; a run that resumes goes on."""
SILENT_MS: Final = 10_000
"""A timeline of which nobody sends anything is let go after this, so that a run may resume it."""


class Logged(NamedTuple):
    """A message, and where it lies in its partition."""

    offset: int
    message: Scored


class RecordedLog(RowWriter, Protocol):
    """Where the rows of one recorded timeline go, and what is known of its open seconds."""

    ledger: Ledger
    areas: Sequence[Area]
    identity: Identity
    """What makes its numbers; frames of other networks fail."""
    newest_ms: int
    """How far on the playhead frames came; -1 if none did."""

    def apply(self, partition: str, first: int, messages: Sequence[Logged], following: int) -> None:
        """Take messages, and how far their partition was read, in one step."""

    def frames_of(self, second: int) -> Sequence[Scored]:
        """Return the frames of a second that is not closed, each once."""

    def ended(self) -> Sequence[SourceFinished]:
        """Return what was said of cameras that have no more."""

    def is_fed(self) -> bool:
        """Say whether somebody still sends frames, or waits for the end."""

    def end(self, state: State, ended: Sequence[SourceFinished]) -> None:
        """Close the record; nothing more is written."""

    def suspend(self) -> None:
        """Let another process go on; the open seconds are kept."""


@dataclass
class _Camera:
    """How far the frames of one camera came without a hole."""

    next_seq: int
    """First number that did not come."""
    reached_ms: int = -1
    """Playhead of the frame before it."""
    finished: SourceFinished | None = None
    _ahead: dict[int, int] = field(default_factory=dict)
    """Playhead by number of frames behind a hole."""

    def add(self, message: Scored) -> None:
        if isinstance(message, SourceFinished):
            self.finished = message
        elif message.seq >= self.next_seq:
            self._ahead[message.seq] = message.pts_ms
        while self.next_seq in self._ahead:
            self.reached_ms = max(self.reached_ms, self._ahead.pop(self.next_seq))
            self.next_seq += 1

    @property
    def is_over(self) -> bool:
        return self.finished is not None and self.next_seq >= self.finished.seq

    def passed(self) -> float:
        """Return the first second that may still get frames; infinite if none may."""
        if self.is_over and self.finished and self.finished.reason not in CUT_SHORT:
            return math.inf
        return max(second_of(self.reached_ms), 0)


class RecordedTimeline:
    """One recorded timeline of a partition."""

    def __init__(
        self,
        writer: RecordedLog,
        recording: Recording,
        partition: str,
        now_ms: int,
    ) -> None:
        """Go on where the rows end.

        Args:
            writer: where they go.
            recording: the run that counts.
            partition: where its messages lie.
            now_ms: on a clock that never goes back.
        """
        self.partition = partition
        self.read = 0
        self._writer = writer
        self._epochs = recording.epochs
        self._order = {camera: place for place, camera in enumerate(recording.epochs)}
        self._heard_ms = now_ms
        self._open: set[int] = set()
        self._cameras = self._known(is_begun=writer.next_second > recording.first_second)

    def apply(self, first: int, messages: Sequence[Logged], following: int, now_ms: int) -> None:
        """Take what was read of the partition, none of this screening maybe."""
        ours = [logged for logged in messages if self._counts(logged.message)]
        self._writer.apply(self.partition, first, ours, following)
        self.read = max(self.read, following)
        for logged in ours:
            self._add(logged.message)
            self._heard_ms = now_ms

    def lose(self, first: int, following: int) -> None:
        """Do nothing: it waits for what is gone until whoever replays gives up."""

    def tick(self, viewing: Shown | None, now_ms: int, wall_ms: int) -> bool:
        """Write what is complete; return whether it has ended, or nobody feeds it any more."""
        until = min(camera.passed() for camera in self._cameras.values())
        for second in sorted(second for second in self._open if second < until):
            self._write(second)
        if all(camera.is_over for camera in self._cameras.values()):
            self._end([camera.finished for camera in self._cameras.values() if camera.finished])
            return True
        if now_ms - self._heard_ms >= SILENT_MS and not self._writer.is_fed():
            self.suspend()
            return True
        return False

    def suspend(self) -> None:
        """Let another process go on."""
        self._writer.suspend()

    def _known(self, *, is_begun: bool) -> dict[str, _Camera]:
        """Read how far each camera came: what is before an open second came whole."""
        ended = {word.camera_id: word for word in self._writer.ended()}
        frames: dict[str, list[Scored]] = {camera: [] for camera in self._epochs}
        for second in range(self._writer.next_second, second_of(self._writer.newest_ms) + 1):
            for message in self._writer.frames_of(second):
                frames[message.camera_id].append(message)
                self._open.add(second)
        cameras = {}
        for name, waiting in frames.items():
            end = ended[name].seq if name in ended else 0
            first = min((message.seq for message in waiting), default=end)
            cameras[name] = _Camera(first if is_begun else 0)
            for message in [*waiting, *([ended[name]] if name in ended else [])]:
                cameras[name].add(message)
        return cameras

    def _counts(self, message: Scored) -> bool:
        """Say whether a message is of this run; what is of a closed second came before."""
        if self._epochs.get(message.camera_id) != message.source_epoch:
            return False
        is_word = isinstance(message, SourceFinished)
        return is_word or second_of(message.pts_ms) >= self._writer.next_second

    def _add(self, message: Scored) -> None:
        self._cameras[message.camera_id].add(message)
        if not isinstance(message, SourceFinished):
            self._open.add(second_of(message.pts_ms))

    def _frames(self, second: int) -> list[Scored]:
        """Return the frames of a second in the order in which a replay on one machine has them."""
        frames = map(self._writer.identity.admitted, self._writer.frames_of(second))
        return sorted(frames, key=lambda m: (m.pts_ms, self._order[m.camera_id], m.seq))

    def _write(self, second: int) -> None:
        ledger, frames = self._writer.ledger, self._frames(second)
        write_gaps(self._writer, ledger, second)
        for message in frames:
            ledger.setdefault(message.camera_id, CameraLedger()).captured += 1
        settle(ledger, frames)
        thresholds = self._writer.identity.thresholds
        row = closed(second, frames, self._writer.after, thresholds, self._writer.areas)
        self._writer.append([row], ledger)
        self._open.remove(second)

    def _end(self, ended: Sequence[SourceFinished]) -> None:
        """Write gaps for what a broken source owes, or give up the second that was cut short."""
        if any(word.reason in CUT_SHORT for word in ended):
            self._drop_open()
            self._writer.end("interrupted", ended)
            return
        worst = max(ended, key=lambda word: (word.promised_ms, word.reason))
        write_gaps(self._writer, self._writer.ledger, -(-worst.promised_ms // 1000), worst.reason)
        self._writer.end("finished", ended)

    def _drop_open(self) -> None:
        for message in (m for second in self._open for m in self._frames(second)):
            counts = self._writer.ledger.setdefault(message.camera_id, CameraLedger())
            counts.captured += 1
            counts.dropped[INTERRUPTED] = counts.dropped.get(INTERRUPTED, 0) + 1
        self._writer.append([], self._writer.ledger)
