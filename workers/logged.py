"""Live timelines out of a log of numbers: each frame once, whatever dies; knows no bus, no store.

A frame goes into the store with the offset behind it, in one step; only then is it done. A second
that is complete is written out of what the store holds of it, so that whoever takes over a
screening writes the same row.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from moodtrace.clock import second_of
from moodtrace.errors import BusyError, UnknownScreeningError
from moodtrace.messages import Scored
from moodtrace.playhead import end_ms, place
from moodtrace.viewers import Thresholds
from workers.live import LiveTimeline, Shown, TimelineWriter

logger = logging.getLogger(__name__)


class Logged(NamedTuple):
    """A frame, and where it lies in its partition."""

    offset: int
    message: Scored


class LogWriter(TimelineWriter, Protocol):
    """Where the rows of one timeline go, and what is known of the seconds that are open."""

    newest_ms: int
    """How far on the playhead frames came; -1 if none did."""

    def apply(self, partition: str, first: int, frames: Sequence[Logged], following: int) -> None:
        """Take frames, and how far their partition was read, in one step.

        Raises:
            OffsetGapError: frames before `first` are missing.
        """

    def lose(self, partition: str, first: int, following: int) -> None:
        """Note that frames of a partition are gone, so what is missing at the end is lost."""

    def frames_of(self, second: int) -> Sequence[Scored]:
        """Return the frames of a second that is not closed, each once."""


class LogTimeline(LiveTimeline):
    """One timeline of a partition."""

    def __init__(
        self, writer: LogWriter, partition: str, thresholds: Thresholds, now_ms: int
    ) -> None:
        super().__init__(writer, thresholds, now_ms)
        self.log_writer = writer
        self.partition = partition
        for second in range(writer.next_second, second_of(writer.newest_ms) + 1):
            for message in writer.frames_of(second):
                self.windows.add(message, now_ms)

    def apply(self, first: int, frames: Sequence[Logged], following: int, now_ms: int) -> None:
        """Take what was read of the partition, none of this screening maybe."""
        self.log_writer.apply(self.partition, first, frames, following)
        for frame in frames:
            self.windows.add(frame.message, now_ms)  # what is late was counted by the store

    def suspend(self) -> None:
        """Let another process go on; the open seconds are in the store."""
        self.writer.suspend()

    def _frames(self, second: int, group: Sequence[Scored]) -> Sequence[Scored]:
        return self.log_writer.frames_of(second)


class LogTimelines:
    """All timelines of the partitions that this process reads."""

    def __init__(
        self, open_writer: Callable[[str, str], LogWriter], thresholds: Thresholds
    ) -> None:
        """Start with none.

        Args:
            open_writer: by the id of a screening and its partition; called once for each.
            thresholds: from which median score on a viewer shows an emotion.
        """
        self._open_writer = open_writer
        self._thresholds = thresholds
        self._open: dict[str, LogTimeline] = {}
        self.unknown = 0
        """Frames of screenings that are not there any more."""

    def apply(
        self, partition: str, first: int, frames: Sequence[Logged], following: int, now_ms: int
    ) -> None:
        """Take what was read of a partition, in the order of offsets.

        Raises:
            OffsetGapError: a screening lacks what came before; let go of it, and read from there.
            BusyError: another process writes one of them; nothing of that one was taken.
        """
        ordered = sorted(frames, key=lambda frame: frame.message.screening_id)
        found = {
            name: sorted(group, key=attrgetter("offset"))
            for name, group in groupby(ordered, key=lambda frame: frame.message.screening_id)
        }
        for name in found.keys() - self._open.keys():
            try:
                self.open(name, partition, now_ms)
            except UnknownScreeningError:
                self.unknown += len(found.pop(name))
        for name, timeline in self._open.items():
            if timeline.partition == partition:
                timeline.apply(first, found.get(name, []), following, now_ms)

    def lose(self, partition: str, first: int, following: int) -> None:
        """Note that a part of a partition is gone, for whichever timelines had frames there."""
        for timeline in self._open.values():
            if timeline.partition == partition:
                timeline.log_writer.lose(partition, first, following)

    def open(self, screening_id: str, partition: str, now_ms: int) -> None:
        """Take over a screening, if it is not ours already."""
        if screening_id not in self._open:
            writer = self._open_writer(screening_id, partition)
            self._open[screening_id] = LogTimeline(writer, partition, self._thresholds, now_ms)

    def tick(self, shown: Iterable[Shown], now_ms: int, wall_ms: int) -> None:
        """Write what is complete, and end what has ended; as `LiveTimelines.tick`."""
        for viewing in shown:
            timeline = self._open.get(viewing.screening_id)
            if timeline is None:
                continue
            try:
                is_over = _ticked(timeline, viewing, now_ms, wall_ms)
            except BusyError as error:  # who takes it over goes on from what the store has
                fields = {"id": viewing.screening_id, "why": error.what}
                logger.warning("let go of a timeline", extra={"fields": fields})
                timeline.suspend()
                is_over = True
            if is_over:
                del self._open[viewing.screening_id]

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


def _ticked(timeline: LogTimeline, viewing: Shown, now_ms: int, wall_ms: int) -> bool:
    """Write what is complete, and end what has ended; return whether it has."""
    until_ms = end_ms(viewing.stretches, viewing.viewing)
    if until_ms is None:
        at = place(viewing.stretches, wall_ms)
        timeline.advance(now_ms, at and at.pts_ms)
    elif timeline.is_drained(now_ms):
        timeline.finish(until_ms)
        return True
    return False
