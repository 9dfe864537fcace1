"""Rows made anew out of all that a log holds of a screening, in memory: to compare, or to restore.

The very timelines that write to a store write to a list here, so the rows are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType

from moodtrace.clock import second_of
from moodtrace.ledger import CameraLedger, Ledger, reopen, settle
from moodtrace.messages import Scored, SourceFinished
from moodtrace.screening import Area, Recording, ScreeningRecorded, State
from moodtrace.timeline import BEGINNING, Row, by_second
from moodtrace.timeline import State as RowState
from workers.aggregate import closed, write_gaps
from workers.identity import Identity
from workers.live import CAMERA_DOWN
from workers.recorded import Logged, RecordedTimeline

AT_ONCE = 1_000
"""Messages between two looks at what is complete."""


@dataclass
class RowList:
    """Keeps the rows of one timeline, and what is open of it; a `RecordedLog`."""

    areas: Sequence[Area]
    identity: Identity
    """What makes its numbers; frames of other networks fail."""
    ledger: Ledger
    rows: list[Row] = field(default_factory=list)
    ledgers: list[Ledger] = field(default_factory=list)
    """What the ledger was after each row."""
    newest_ms: int = -1
    state: State = "interrupted"
    """As long as nobody said that it is finished."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """What was wrong with each camera."""
    _open: dict[int, dict[tuple[str, int, int], Scored]] = field(default_factory=dict)
    _ended: list[SourceFinished] = field(default_factory=list)

    @property
    def next_second(self) -> int:
        """First second that has no row yet."""
        return len(self.rows)

    @property
    def after(self) -> RowState:
        """What the last row left to the next."""
        return self.rows[-1].after if self.rows else BEGINNING

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Keep rows and the ledger."""
        self.rows += rows
        self.ledgers += [deepcopy(ledger) for _ in rows]
        for row in rows:
            self._open.pop(row.second, None)

    def apply(self, partition: str, first: int, messages: Sequence[Logged], following: int) -> None:
        """Take messages; of two with one identity the first counts."""
        for _, message in messages:
            if isinstance(message, SourceFinished):
                self._ended.append(message)
            else:
                frames = self._open.setdefault(second_of(message.pts_ms), {})
                identity = message.camera_id, message.source_epoch, message.seq
                frames.setdefault(identity, message)

    def frames_of(self, second: int) -> Sequence[Scored]:
        """Return the frames of a second that is not closed, each once."""
        return list(self._open.get(second, {}).values())

    def ended(self) -> Sequence[SourceFinished]:
        """Return what was said of cameras that have no more."""
        return self._ended

    def is_fed(self) -> bool:
        """Say that the log may go on."""
        return True

    def end(self, state: State, ended: Sequence[SourceFinished]) -> None:
        """Note how it ended."""
        self.state = state
        self.problems = {word.camera_id: word.reason for word in ended}

    def suspend(self) -> None:
        """Do nothing: nobody else waits for it."""

    def resumed_at(self, second: int) -> "RowList":
        """Return what a run that goes on from a second begins with."""
        ledger = deepcopy(self.ledgers[second - 1]) if second else _empty(self.ledger)
        return RowList(self.areas, self.identity, ledger, self.rows[:second], self.ledgers[:second])


def recomputed(
    runs: Sequence[ScreeningRecorded],
    messages: Sequence[Scored],
    gaps: Mapping[int, str] = MappingProxyType({}),
) -> RowList:
    """Make the rows of a screening anew.

    Args:
        runs: what was recorded at the beginning of each run, and at the end; in order.
        messages: all that the log holds of it, in order.
        gaps: why seconds of a live one have no frame, as far as somebody knew when they were shown.
    """
    record = runs[-1].record
    made = RowList(record.areas, Identity.of(record), {})
    if record.live:
        return _live(made, runs[-1].seconds, messages, gaps)
    for recording in _each_once(run.recording for run in runs):
        if recording.first_second > len(made.rows):
            break  # what came before is not in the log any more
        made = made.resumed_at(recording.first_second)
        made.ledger = {c: made.ledger.get(c, CameraLedger()) for c in recording.epochs}
        reopen(made.ledger)
        timeline = RecordedTimeline(made, recording, "", 0)
        for first in range(0, len(messages) + 1, AT_ONCE):
            part = messages[first : first + AT_ONCE]
            timeline.apply(first, [Logged(0, message) for message in part], 0, 0)
            if timeline.tick(None, 0, 0):
                break
    return made


def _live(
    made: RowList, seconds: int | None, messages: Iterable[Scored], gaps: Mapping[int, str]
) -> RowList:
    """Close each second once all is known of it: what came too late then, counts now."""
    made.state = "interrupted" if seconds is None else "finished"
    frames = {(m.camera_id, m.source_epoch, m.seq): m for m in reversed(list(messages))}
    for second, read in by_second(sorted(frames.values(), key=lambda m: m.pts_ms)):
        group = [made.identity.admitted(message) for message in read]
        _write_gaps(made, second, gaps)
        for message in group:
            made.ledger.setdefault(message.camera_id, CameraLedger()).captured += 1
        settle(made.ledger, group)
        row = closed(second, group, made.after, made.identity.thresholds, made.areas)
        made.append([row], made.ledger)
    _write_gaps(made, seconds or 0, gaps)
    return made


def _write_gaps(made: RowList, until_second: int, gaps: Mapping[int, str]) -> None:
    for second in range(made.next_second, until_second):
        write_gaps(made, made.ledger, second + 1, gaps.get(second, CAMERA_DOWN))


def _each_once(recordings: Iterable[Recording | None]) -> list[Recording]:
    """Return the runs in order; each was recorded when it began, and maybe when it ended."""
    found: list[Recording] = []
    for recording in recordings:
        if recording is not None and recording not in found:
            found.append(recording)
    return found


def _empty(ledger: Ledger) -> Ledger:
    return {camera: CameraLedger() for camera in ledger}
