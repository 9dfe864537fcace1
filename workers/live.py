"""Live timelines: writes each second once it is complete, and ends them; knows no bus and no store.

Everything is driven by one thread, which hands in what was scored and, several times a second, what
is being shown.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from moodtrace.errors import StoredDataError
from moodtrace.ledger import LATE, CameraLedger, Ledger, settle
from moodtrace.messages import Scored
from moodtrace.playhead import end_ms, place
from moodtrace.screening import Area
from moodtrace.showing import Shown
from workers.aggregate import RowWriter, closed, write_gaps
from workers.identity import Identity
from workers.windows import Windows

logger = logging.getLogger(__name__)

CAMERA_DOWN: Final = "camera_down"
"""Gap reason of a second in which no camera gave a frame."""
LONGEST_DRAIN_MS: Final = 60_000
"""So long a timeline that has ended waits for frames that are still on their way."""


class TimelineWriter(RowWriter, Protocol):
    """Where the rows of one live timeline go."""

    ledger: Ledger
    """What it settled: analysed, failed and late frames by camera."""
    areas: Sequence[Area]
    """Zones and seats of its cameras."""
    identity: Identity
    """What makes its numbers; frames of other networks fail."""

    def in_flight(self) -> Mapping[str, int]:
        """Return how many captured frames are not settled yet, by camera."""

    def finish(self) -> None:
        """Close the ledger and the record; nothing more is written."""

    def suspend(self) -> None:
        """Let go of a screening that goes on; frames that were under way are lost."""


class LiveTimeline:
    """One timeline while it is shown."""

    def __init__(self, writer: TimelineWriter, now_ms: int) -> None:
        self.writer = writer
        self.windows = Windows(opened_ms=now_ms, next_second=writer.next_second)
        self._ending_ms: int | None = None

    def take(self, message: Scored, now_ms: int) -> None:
        """Keep a frame until its second is complete, or count it as late."""
        if not self.windows.add(message, now_ms):
            counts = self.writer.ledger.setdefault(message.camera_id, CameraLedger())
            counts.dropped[LATE] = counts.dropped.get(LATE, 0) + 1

    def tick(self, viewing: Shown, now_ms: int, wall_ms: int) -> bool:
        """Write what is complete, and end it if it has ended; return whether it has.

        Args:
            viewing: what is shown of it.
            now_ms: on a clock that never goes back.
            wall_ms: Unix time.
        """
        until_ms = end_ms(viewing.stretches, viewing.viewing)
        if until_ms is None:
            at = place(viewing.stretches, wall_ms)
            self._write(self.windows.due(now_ms, at and at.pts_ms, self._owed()))
        elif self._is_drained(now_ms):
            self._finish(until_ms)
            return True
        return False

    def suspend(self) -> None:
        """Write what there is, and let another process go on."""
        self._write(self.windows.close())
        self.writer.suspend()

    def _is_drained(self, now_ms: int) -> bool:
        """Say, once nothing more is shown, whether all that was under way has come."""
        if self._ending_ms is None:
            self._ending_ms = now_ms
        waited_ms = now_ms - self._ending_ms
        if waited_ms < self.windows.grace_ms:
            return False
        return not self._owed() or waited_ms >= LONGEST_DRAIN_MS

    def _finish(self, until_ms: int) -> None:
        """Write all that is open, and gaps to where the content was stopped."""
        self._write(self.windows.close())
        self._write_gaps(-(-until_ms // 1000))
        self.writer.finish()

    def _owed(self) -> set[str]:
        """Return the cameras of which frames are on their way."""
        return {
            camera
            for camera, number in self.writer.in_flight().items()
            if number > self.windows.waiting_of(camera)
        }

    def _write(self, seconds: Iterable[tuple[int, Sequence[Scored]]]) -> None:
        ledger = self.writer.ledger
        for second, group in seconds:
            self._write_gaps(second)
            frames = [self.writer.identity.admitted(m) for m in self._frames(second, group)]
            for message in frames:
                ledger.setdefault(message.camera_id, CameraLedger())
            settle(ledger, frames)
            thresholds = self.writer.identity.thresholds
            row = closed(second, frames, self.writer.after, thresholds, self.writer.areas)
            self.writer.append([row], ledger)
        self._write_gaps(self.windows.next_second)

    def _write_gaps(self, until_second: int) -> None:
        """Write gaps for the seconds that no frame came of."""
        write_gaps(self.writer, self.writer.ledger, until_second, CAMERA_DOWN)

    def _frames(self, second: int, group: Sequence[Scored]) -> Sequence[Scored]:
        """Return the frames of a second that is complete."""
        return group


class LiveTimelines:
    """All timelines that this process writes."""

    def __init__(self, open_writer: Callable[[str], TimelineWriter]) -> None:
        """Start with none.

        Args:
            open_writer: by the id of a screening; called once for each.
        """
        self._open_writer = open_writer
        self._open: dict[str, LiveTimeline] = {}
        self._unreadable: set[str] = set()

    def take(self, messages: Iterable[Scored], now_ms: int) -> None:
        """Keep frames until their seconds are complete."""
        for message in messages:
            timeline = self._timeline(message.screening_id, now_ms)
            if timeline is not None:
                timeline.take(message, now_ms)

    def tick(self, shown: Iterable[Shown], now_ms: int, wall_ms: int) -> None:
        """Write what is complete, and end what has ended.

        Args:
            shown: every viewing that goes on, and those that ended but were not finished.
            now_ms: on a clock that never goes back.
            wall_ms: Unix time.
        """
        for viewing in shown:
            timeline = self._timeline(viewing.screening_id, now_ms)
            if timeline is not None and timeline.tick(viewing, now_ms, wall_ms):
                del self._open[viewing.screening_id]

    def suspend(self) -> None:
        """Let go of all timelines, as when this process ends; another one goes on with them."""
        while self._open:
            self._open.popitem()[1].suspend()

    def _timeline(self, screening_id: str, now_ms: int) -> LiveTimeline | None:
        """Return a timeline, begun if need be; None if something of it can't be read."""
        if screening_id in self._unreadable:
            return None
        if screening_id not in self._open:
            try:
                writer = self._open_writer(screening_id)
            except StoredDataError as error:
                self._unreadable.add(screening_id)
                fields = {"id": screening_id, "why": error.what, "where": error.where}
                logger.error("left out a timeline", extra={"fields": fields})
                return None
            self._open[screening_id] = LiveTimeline(writer, now_ms)
        return self._open[screening_id]
