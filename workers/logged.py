"""Timelines out of a log of numbers: each frame once, whatever dies; knows no bus, no store.

A frame goes into the store with the offset behind it, in one step; only then is it done. A second
that is complete is written out of what the store holds of it, so that whoever takes over a
screening writes the same row.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from moodtrace.clock import second_of
from moodtrace.errors import BusyError, UnknownScreeningError
from moodtrace.messages import Scored
from moodtrace.screening import Recording
from workers.live import LiveTimeline, Shown, TimelineWriter
from workers.recorded import Logged, RecordedLog, RecordedTimeline

logger = logging.getLogger(__name__)


class ScreeningOverError(Exception):
    """All of it is written; what still comes of it changes nothing."""


class FrameLog(TimelineWriter, RecordedLog, Protocol):
    """Where the rows of one timeline go, and what is known of the seconds that are open."""

    recording: Recording | None
    """The run that counts; None of a live one."""


class Timeline(Protocol):
    """One timeline of a partition."""

    partition: str

    def apply(self, first: int, messages: Sequence[Logged], following: int, now_ms: int) -> None:
        """Take what was read of the partition, none of this screening maybe."""

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
        for second in range(writer.next_second, second_of(writer.newest_ms) + 1):
            for message in writer.frames_of(second):
                self.windows.add(message, now_ms)

    def apply(self, first: int, messages: Sequence[Logged], following: int, now_ms: int) -> None:
        """Take what was read of the partition, none of this screening maybe."""
        self.log.apply(self.partition, first, messages, following)
        for frame in messages:
            self.windows.add(frame.message, now_ms)  # what is late was counted by the store

    def tick(self, viewing: Shown | None, now_ms: int, wall_ms: int) -> bool:
        """Write what is complete, given what is shown of it; return whether it has ended."""
        return viewing is not None and super().tick(viewing, now_ms, wall_ms)

    def suspend(self) -> None:
        """Let another process go on; the open seconds are in the store."""
        self.writer.suspend()

    def _frames(self, second: int, group: Sequence[Scored]) -> Sequence[Scored]:
        return self.log.frames_of(second)


def timeline_of(writer: FrameLog, partition: str, now_ms: int) -> Timeline:
    """Take over a timeline, recorded or live."""
    if writer.recording is None:
        return LogTimeline(writer, partition, now_ms)
    return RecordedTimeline(writer, writer.recording, partition, now_ms)


class LogTimelines:
    """All timelines of the partitions that this process reads."""

    def __init__(self, open_writer: Callable[[str], FrameLog]) -> None:
        """Start with none.

        Args:
            open_writer: by the id of a screening; called once for each. Raises
                `ScreeningOverError` of one that is written to its end.
        """
        self._open_writer = open_writer
        self._open: dict[str, Timeline] = {}
        self.unknown = 0
        """Messages of screenings that are not there any more, or are over."""

    def apply(
        self, partition: str, first: int, messages: Sequence[Logged], following: int, now_ms: int
    ) -> None:
        """Take what was read of a partition, in the order of offsets.

        Raises:
            OffsetGapError: a screening lacks what came before; read on from there.
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
            except (UnknownScreeningError, ScreeningOverError):
                self.unknown += len(found.pop(name))
        for name, timeline in self._open.items():
            if timeline.partition == partition:
                timeline.apply(first, found.get(name, []), following, now_ms)

    def open(self, screening_id: str, partition: str, now_ms: int) -> None:
        """Take over a screening, if it is not ours already.

        Raises:
            ScreeningOverError: it is written to its end.
            UnknownScreeningError: there is none with this id.
            BusyError: another process writes it.
        """
        if screening_id not in self._open:
            writer = self._open_writer(screening_id)
            self._open[screening_id] = timeline_of(writer, partition, now_ms)

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
            except BusyError:  # we slept, and somebody took it over
                logger.warning("another process writes it now", extra={"fields": {"id": name}})
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
