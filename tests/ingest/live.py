"""Live sources read by the real child, and what it said."""

import time
from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ingest.live_events import LiveEnded, LiveEvent, LiveFrame, LiveJob, LiveOpened
from ingest.live_process import LiveProcess


def live_job(source: str, **fields: object) -> LiveJob:
    return LiveJob(camera_id="front", source=source, **fields)  # type: ignore[arg-type]


def heard(
    process: LiveProcess, *, until: Callable[[LiveEvent], bool], timeout_s: float = 30
) -> list[LiveEvent]:
    """Read up to the first event that is meant; fail if it does not come in time."""
    deadline_s = time.monotonic() + timeout_s
    events: list[LiveEvent] = []
    while not (events and until(events[-1])):
        event = process.read(max(0.0, deadline_s - time.monotonic()))
        assert event is not None, f"not in time; it said {events}"
        events.append(event)
    return events


def after_frames(count: int) -> Callable[[LiveEvent], bool]:
    """Say when so many frames came."""
    seen = 0

    def enough(event: LiveEvent) -> bool:
        nonlocal seen
        seen += isinstance(event, LiveFrame)
        return seen >= count

    return enough


def how_it_ends(job: LiveJob) -> tuple[LiveEnded, float]:
    """Read a source that ends by itself; also return how many seconds it took."""
    started_s = time.monotonic()
    with LiveProcess(job) as process:
        end = end_of(heard(process, until=is_end))
    return end, time.monotonic() - started_s


def frames_of(events: Iterable[LiveEvent]) -> list[LiveFrame]:
    return [event for event in events if isinstance(event, LiveFrame)]


def openings_of(events: Iterable[LiveEvent]) -> list[LiveOpened]:
    return [event for event in events if isinstance(event, LiveOpened)]


def picture_of(frame: LiveFrame) -> npt.NDArray[np.uint8]:
    """`(h, w, 3)` BGR."""
    decoded = cv2.imdecode(np.frombuffer(frame.image, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (frame.height, frame.width, 3)
    return np.asarray(decoded, np.uint8)


def intervals_ms(frames: Sequence[LiveFrame]) -> list[int]:
    times_ms = [frame.capture_ms for frame in frames]
    return np.diff(times_ms).tolist()


def is_end(event: LiveEvent) -> bool:
    return isinstance(event, LiveEnded)


def end_of(events: Sequence[LiveEvent]) -> LiveEnded:
    assert isinstance(events[-1], LiveEnded)
    return events[-1]
