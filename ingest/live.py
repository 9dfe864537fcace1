"""Reads one live source in this process: sampled JPEG pictures out; knows nothing of pipes."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

from av.error import FFmpegError

from ingest.decode import interval_s
from ingest.live_events import LiveEnded, LiveEvent, LiveJob
from ingest.live_opening import detail_of, live_video_stream, opened, ready_for_live, reason_of
from ingest.live_paced import Pacer, taken_in_a_loop, taken_in_pace
from ingest.live_sampling import LiveSampling
from ingest.live_sources import LiveSourceError, file_path, without_secrets
from ingest.live_stream import Taken, taken_as_it_comes
from ingest.sampling import Playhead
from moodtrace.problems import SourceError

_AS_IT_COMES: Final = frozenset({"rtsp", "mpjpeg", "mpegts", "video4linux2,v4l2"})
"""Formats that arrive when things happen; others hold what happened already."""


def read_live(job: LiveJob) -> Iterator[LiveEvent]:
    """Read a source for as long as it lasts.

    Yields:
        `LiveOpened` with the first frame, then what happens, and always one `LiveEnded` before
        the source is closed. What is wrong with it is its `reason`, never raised.
    """
    reason, detail = "ended", ""
    with ExitStack() as stack:
        try:
            yield from LiveSampling(job).events(_taken(job, stack))
        except (LiveSourceError, SourceError) as error:
            reason, detail = error.reason, getattr(error, "detail", "")
        except FFmpegError as error:
            is_silent = reason_of(error) == "silent"
            reason, detail = "silent" if is_silent else "ended", detail_of(error)
        except OSError as error:  # the disk or the network share of a file went away
            reason, detail = "source_lost", str(error.strerror)
        yield LiveEnded(reason=reason, detail=without_secrets(detail, job))


def _taken(job: LiveJob, stack: ExitStack) -> Iterator[Taken | None]:
    """Open the source and say how its pictures come; None is a sign of life."""
    path = file_path(job.source)
    if path is not None:
        return taken_in_a_loop(path)
    container = stack.enter_context(opened(job))
    video = ready_for_live(live_video_stream(container))
    if container.format.name in _AS_IT_COMES:
        return taken_as_it_comes(container, video)
    return taken_in_pace(container, video, Playhead(None, interval_s(video), 0), Pacer())
