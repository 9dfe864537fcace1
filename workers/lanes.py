"""Frames that wait to be analysed: live ones first and fresh, recorded ones all; knows no bus."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from moodtrace.bus import Mode
from moodtrace.bus_live import LiveTopic
from moodtrace.messages import Captured, FrameCaptured, Scored
from moodtrace.settings import WorkerSettings
from workers.progress import Progress

STALE: Final = "stale"
"""Drop reason of a live frame that was too old when its turn came."""

LIVE_FRAMES: Final = 512
RECORDED_FRAMES: Final = 64
LANE_BYTES: Final = 128 << 20
"""That may wait in each of the two lanes."""


@dataclass(frozen=True, eq=False)
class Underway:
    """A frame between its topic and that of its faces."""

    frame: FrameCaptured
    mode: Mode
    partition: int
    offset: int
    progress: Progress[Scored]
    at_ms: int
    """Unix time of its capture, if it is live."""
    since_ms: int
    """When it was read, on a clock that never goes back."""

    @property
    def camera(self) -> str:
        """Whose it is, among the cameras of all screenings."""
        return camera_of(self.frame)


def camera_of(message: Captured | Scored) -> str:
    """Name the camera that a message is of, among those of all screenings."""
    return f"{message.screening_id}/{message.camera_id}"


class Lanes:
    """Two lanes, of which that of recorded frames moves while the other is empty."""

    def __init__(self, settings: WorkerSettings, dropped: Callable[[Underway, str], None]) -> None:
        """Start empty.

        Args:
            settings: how large batches are, and how long frames may wait.
            dropped: told each live frame that is given up and why.
        """
        self._settings = settings
        self._dropped = dropped
        self._live: LiveTopic[Underway] = LiveTopic(
            max_items=LIVE_FRAMES,
            max_bytes=LANE_BYTES,
            camera_of=lambda item: item.camera,
            bytes_of=lambda item: len(item.frame.image),
            dropped=dropped,
        )
        self._live_since_ms = 0
        self._recorded: deque[Underway] = deque()
        self._recorded_bytes = 0

    def put(self, item: Underway) -> None:
        """Add a frame; a live one may cost the oldest of the camera that has most."""
        if item.mode == "batch":
            self._recorded.append(item)
            self._recorded_bytes += len(item.frame.image)
            return
        if not len(self._live):
            self._live_since_ms = item.since_ms
        self._live.send(item)

    @property
    def room(self) -> int:
        """Recorded frames that still fit; what is on its way to be put may be a little more."""
        if self._recorded_bytes >= LANE_BYTES:
            return 0
        return max(0, RECORDED_FRAMES - len(self._recorded))

    def depths(self) -> dict[Mode, int]:
        """Return how many frames wait."""
        return {"live": len(self._live), "batch": len(self._recorded)}

    def take_live(self, steady_ms: int, wall_ms: int, took_ms: float) -> list[Underway]:
        """Take a batch of live frames, one of each camera in turn, and drop those too old.

        Args:
            steady_ms: now, on a clock that never goes back.
            wall_ms: now, in Unix time.
            took_ms: what the analysis of a batch takes; see `allowed_ms`.

        Returns:
            Empty while a full batch is worth waiting for.
        """
        wanted = self._settings.max_batch_frames
        waited_ms = steady_ms - self._live_since_ms
        if len(self._live) < wanted and waited_ms < self._settings.max_wait_ms:
            return []
        oldest_ms = wall_ms - self.allowed_ms(took_ms)
        self._live.expire(lambda item: item.at_ms < oldest_ms, STALE)
        self._live_since_ms = steady_ms
        return [item for item in self._live.take(wanted, 0) or () if item.progress.is_ours]

    def allowed_ms(self, took_ms: float) -> float:
        """Return how old a live frame may be when its analysis begins.

        Args:
            took_ms: what the analysis of a batch takes, which frames must have time for: it counts
                as age, but for no more than half of what is allowed, lest all be dropped.
        """
        allowed_ms = self._settings.max_age_ms
        return allowed_ms - min(took_ms, allowed_ms / 2)

    def fresh(self, items: Iterable[Underway], wall_ms: int) -> list[Underway]:
        """Return those that are wanted still, and drop live ones that grew too old meanwhile."""
        oldest_ms = wall_ms - self._settings.max_age_ms
        wanted: list[Underway] = []
        for item in items:
            if item.mode == "live" and item.at_ms < oldest_ms:
                self._dropped(item, STALE)
            elif item.progress.is_ours:
                wanted.append(item)
        return wanted

    def take_recorded(self) -> list[Underway]:
        """Take a batch of recorded frames, unless live ones wait."""
        wanted = 0 if len(self._live) else self._settings.max_batch_frames
        batch: list[Underway] = []
        while self._recorded and len(batch) < wanted:
            item = self._recorded.popleft()
            self._recorded_bytes -= len(item.frame.image)
            if item.progress.is_ours:
                batch.append(item)
        return batch
