"""Several recorded cameras as one stream of events in the order of the content's playhead."""

import heapq
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from operator import itemgetter

from ingest.decode_process import DecodeProcess
from ingest.events import DecodeJob, PublicEvent, SourceEnded, SourceOpened


def read_recorded(
    jobs: Sequence[DecodeJob], *, silent_s: float = 30.0
) -> Generator[PublicEvent, None, None]:
    """Read all cameras at once, each in a decode process of its own.

    The order depends on the footage alone: by time, and by the order of the jobs where times are
    equal. A camera that is slow holds the others up; nothing is dropped. Each camera decodes ahead
    by at most its job's `max_frames_ahead`. Close the iterator to end it early.

    Args:
        jobs: one per camera, each with its own `camera_id`.
        silent_s: how long, in seconds, a decode process may take to give a sign of life.

    Yields:
        Per camera: one `SourceOpened` (if a frame can be decoded), its frames, one `SourceEnded`.
    """
    with ExitStack() as processes:
        cameras = [processes.enter_context(DecodeProcess(job, silent_s=silent_s)) for job in jobs]
        for _, event in heapq.merge(*map(_with_time, cameras), key=itemgetter(0)):
            yield event


def _with_time(camera: DecodeProcess) -> Iterator[tuple[int, PublicEvent]]:
    """Pair events with their times, which never go back: opened first, ended last."""
    time_ms = 0
    for event in camera:
        if isinstance(event, SourceEnded):
            time_ms = max(time_ms, event.end_ms)
        elif not isinstance(event, SourceOpened):
            time_ms = event.pts_ms
        yield time_ms, event
