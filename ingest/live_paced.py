"""Pictures of what is there already, given out as if it happened now; samples nothing."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Final

from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from ingest.decode import interval_s
from ingest.live_opening import ready_for_live
from ingest.live_sources import LiveSourceError
from ingest.live_stream import Description, Taken, decoded, pts_s, unix_ms
from ingest.opening import best_video_stream, open_container, open_file
from ingest.sampling import Playhead

_LATEST_MS: Final = 250.0
"""Who is later than this does not catch up, but goes on from there. Where pictures take longer to
decode than to show, as on a busy machine, that happens again and again: the recording slows down,
and the jumps are too short to leave a second without a picture."""
_LONGEST_PAUSE_MS: Final = 2000.0
"""Longer pauses between two frames are cut short, for nobody could tell them from a stall."""


class Pacer:
    """Waits until it is time to show a picture."""

    def __init__(
        self, now_ms: Callable[[], float] = unix_ms, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._now_ms = now_ms
        self._sleep = sleep
        self._start_ms: float | None = None
        self._last_ms = -1

    def wait(self, time_s: Fraction) -> int:
        """Wait for the time at which a picture is due, and return it.

        Args:
            time_s: of the picture, from any beginning, later than that of the one before.

        Returns:
            Unix time in ms, later than that of the picture before.
        """
        time_ms, now_ms = float(time_s * 1000), self._now_ms()
        early_ms = 0.0 if self._start_ms is None else self._start_ms + time_ms - now_ms
        if self._start_ms is None or not -_LATEST_MS <= early_ms <= _LONGEST_PAUSE_MS:
            self._start_ms, early_ms = now_ms - time_ms, 0.0
        if early_ms > 0:
            self._sleep(early_ms / 1000)
        self._last_ms = max(int(self._start_ms + time_ms), self._last_ms + 1)
        return self._last_ms


def taken_in_pace(
    container: InputContainer, video: VideoStream, playhead: Playhead, pacer: Pacer
) -> Iterator[Taken | None]:
    """Yield pictures when they are due; None is a sign of life.

    Raises:
        FFmpegError: the source can't be read any further.
        LiveSourceError: nothing of it can be decoded.
    """
    description = Description.of(video)
    for _, frames in decoded(container, video):
        yield None
        for frame in frames:
            due_ms = pacer.wait(playhead.place(pts_s(frame)).time_s)
            yield Taken(description, frame, due_ms, int(unix_ms()), "arrival")


def taken_in_a_loop(path: str) -> Iterator[Taken | None]:
    """Yield the pictures of a recorded file as they would come from a camera, for ever.

    Raises:
        SourceError: it can't be opened.
        LiveSourceError: not one of its pictures can be decoded.
    """
    pacer, start_ms = Pacer(), 0
    while True:
        shown = 0
        with open_file(os.fsencode(path)) as file, open_container(file, path) as container:
            video = ready_for_live(best_video_stream(container, path))
            playhead = Playhead(None, interval_s(video), start_ms)
            with suppress(FFmpegError):  # it ends early; what was read before it is still good
                for taken in taken_in_pace(container, video, playhead, pacer):
                    shown += taken is not None and taken.frame is not None
                    yield taken
            start_ms = int(playhead.next_s * 1000)
        if not shown:
            raise LiveSourceError("no_frames")
