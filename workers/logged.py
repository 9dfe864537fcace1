"""Timelines out of a log of numbers: each frame once, whatever dies; knows no bus, no store.

A frame goes into the store with the offset behind it, in one step; only then is it done. A second
that is complete is written out of what the store holds of it, so that whoever takes over a
screening writes the same row.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from moodtrace.clock import second_of
from moodtrace.errors import BusyError, StoredDataError, UnknownScreeningError
from moodtrace.ledger import DATA_LOST, Loss
from moodtrace.messages import Scored
from moodtrace.screening import Recording
from moodtrace.showing import Shown
from workers.aggregate import write_gaps
from workers.live import LiveTimeline, TimelineWriter
from workers.recorded import Logged, RecordedLog, RecordedTimeline

logger = logging.getLogger(__name__)


class ScreeningOverError(Exception):
    """All of it is written; what still comes of it changes nothing."""


class FrameLog(TimelineWriter, RecordedLog, Protocol):
    """Where the rows of one timeline go, and what is known of the seconds that are open."""

    recording: Recording | None
    """The run that counts; None of a live one."""

    read_before: Mapping[str, int]
    """How far each partition was read before this process began to."""

    @property
    def last_gap(self) -> str:
        """Why the last row has no data; empty if it has."""

    def lose(self, partition: str, first: int, loss: Loss) -> None:
        """Note that frames of a partition are gone."""

    def lost(self) -> Sequence[Loss]:
        """Return what was noted."""


class Timeline(Protocol):
    """One timeline of a partition."""

    partition: str
    read: int
    """Offset behind what was read of it; 0 before anything was."""

    def apply(self, first: int, messages: Sequence[Logged], following: int, now_ms: int) -> None:
        """Take what was read of the partition, none of this screening maybe."""

    def lose(self, first: int, following: int) -> None:
        """Note that a part of the partition is gone."""

    def tick(self, viewing: Shown | None, now_ms: int, wall_ms: int) -> bool:
        """Write what is complete, given what is shown of it; return whether it has ended."""

    def suspend(self) -> None:
        """Let another process go on; the open seconds are in the store."""


class LogTimeline(LiveTimeline):
    """One live timeline of a partition."""

    def __init__(self, writer: FrameLog, partition: str, now_ms: int) -> None:
        super().__init__(writer, now_ms)
        self.log = writer
        self.partition = partition
        self.read = writer.read_before.get(partition, 0)
        self._newest_ms = writer.newest_ms
        self._lost_after = self._still_lost()
        """Seconds behind which frames are gone, and of which no later one has frames so far."""
        for second in range(writer.next_second, second_of(writer.newest_ms) + 1):
            for message in writer.frames_of(second):
                self.windows.add(message, now_ms)

    def apply(self, first: int, messages: Sequence[Logged], following: int, now_ms: int) -> None:
        """Take what was read of the partition, none of this screening maybe."""
        self.log.apply(self.partition, first, messages, following)
        self.read = max(self.read, following)
        for frame in messages:
            self._newest_ms = max(self._newest_ms, frame.message.pts_ms)
            self.windows.add(frame.message, now_ms)  # what is late was counted by the store

    def lose(self, first: int, following: int) -> None:
        """Note that a part of the partition is gone.

        The seconds from there to the next that has frames are lost, and what is missing at the end.
        """
        self.log.lose(self.partition, first, Loss(following, self._newest_ms))
        self._lost_after.append(second_of(self._newest_ms))

    def tick(self, viewing: Shown | None, now_ms: int, wall_ms: int) -> bool:
        """Write what is complete, given what is shown of it; return whether it has ended."""
        return viewing is not None and super().tick(viewing, now_ms, wall_ms)

    def suspend(self) -> None:
        """Let another process go on; the open seconds are in the store."""
        self.writer.suspend()

    def _frames(self, second: int, group: Sequence[Scored]) -> Sequence[Scored]:
        self._lost_after = [lost for lost in self._lost_after if lost >= second]
        return self.log.frames_of(second)

    def _write_gaps(self, until_second: int) -> None:
        first_lost = min(self._lost_after, default=until_second) + 1
        super()._write_gaps(min(first_lost, until_second))
        write_gaps(self.writer, self.writer.ledger, until_second, DATA_LOST)

    def _still_lost(self) -> list[int]:
        """Return where a predecessor lost frames, as far as no row with frames came after."""
        seconds = sorted(second_of(loss.after_ms) for loss in self.log.lost())
        if self.log.last_gap == DATA_LOST:
            return seconds
        return [second for second in seconds if second >= self.writer.next_second - 1]


def timeline_of(writer: FrameLog, partition: str, now_ms: int) -> Timeline:
    """Take over a timeline, recorded or live."""
    if writer.recording is None:
        return LogTimeline(writer, partition, now_ms)
    return RecordedTimeline(writer, writer.recording, partition, now_ms)


class LogTimelines:
    """All timelines of the partitions that this process reads."""

    def __init__(self, open_writer: Callable[[str, str], FrameLog]) -> None:
        """Start with none.

        Args:
            open_writer: by the id of a screening and its partition; called once for each. Raises
                `ScreeningOverError` of one that is written to its end.
        """
        self._open_writer = open_writer
        self._open: dict[str, Timeline] = {}
        self.unknown = 0
        """Messages of screenings that are not there any more, are over, or can't be read."""
        self._unreadable: set[str] = set()

    def apply(
        self,
        partition: str,
        first: int,
        messages: Sequence[Logged],
        following: int,
        now_ms: int,
        *,
        lost_until: int = 0,
    ) -> None:
        """Take what was read of a partition, in the order of offsets.

        Args:
            partition: its name, another one when its topic is made anew.
            first: offset at which reading went on.
            messages: what there was.
            following: offset behind it.
            now_ms: on a clock that never goes back.
            lost_until: offset before which there was nothing any more; none over `first`, nothing
                is gone.

        Raises:
            OffsetGapError: a screening lacks what came before; let go of it, and read from there.
            BusyError: another process writes one of them; nothing of that one was taken.
        """
        ordered = sorted(messages, key=lambda logged: logged.message.screening_id)
        found = {
            name: sorted(group, key=attrgetter("offset"))
            for name, group in groupby(ordered, key=lambda logged: logged.message.screening_id)
        }
        for name in found.keys() - self._open.keys():
            try:
                self.open(name, partition, now_ms)
            except (UnknownScreeningError, ScreeningOverError, StoredDataError):
                self.unknown += len(found.pop(name))
        for name, timeline in self._open.items():
            if timeline.partition == partition:
                if lost_until > first:
                    timeline.lose(first, lost_until)
                timeline.apply(first, found.get(name, []), following, now_ms)

    def read_of(self, partition: str) -> int:
        """Return the offset behind what was read of a partition, for whoever read furthest."""
        return max((t.read for t in self._open.values() if t.partition == partition), default=0)

    def open(self, screening_id: str, partition: str, now_ms: int) -> None:
        """Take over a screening, if it is not ours already.

        Raises:
            ScreeningOverError: it is written to its end.
            UnknownScreeningError: there is none with this id.
            BusyError: another process writes it.
            StoredDataError: something of it can't be read; that is logged once.
        """
        if screening_id not in self._open:
            try:
                writer = self._open_writer(screening_id, partition)
                self._open[screening_id] = timeline_of(writer, partition, now_ms)
            except StoredDataError as error:
                if screening_id not in self._unreadable:
                    self._unreadable.add(screening_id)
                    fields = {"id": screening_id, "why": error.what, "where": error.where}
                    logger.error("left out a timeline", extra={"fields": fields})
                raise

    def tick(self, shown: Iterable[Shown], now_ms: int, wall_ms: int) -> None:
        """Write what is complete, and end what has ended.

        Args:
            shown: every live viewing that goes on, and those that ended but were not finished.
            now_ms: on a clock that never goes back.
            wall_ms: Unix time.
        """
        viewings = {viewing.screening_id: viewing for viewing in shown}
        for name, timeline in list(self._open.items()):
            try:
                is_over = timeline.tick(viewings.get(name), now_ms, wall_ms)
            except (BusyError, StoredDataError) as error:
                # Who takes it over goes on from what the store has.
                fields = {"id": name, "why": error.what, "where": error.where}
                logger.warning("let go of a timeline", extra={"fields": fields})
                timeline.suspend()
                is_over = True
            if is_over:
                del self._open[name]

    def is_open(self, screening_id: str) -> bool:
        """Say whether a screening is ours."""
        return screening_id in self._open

    def keep(self, partitions: Iterable[str]) -> None:
        """Let go of the timelines of all other partitions: somebody else reads those now."""
        kept = set(partitions)
        for name in [n for n, timeline in self._open.items() if timeline.partition not in kept]:
            self._open.pop(name).suspend()

    def suspend(self) -> None:
        """Let go of all."""
        self.keep(())
