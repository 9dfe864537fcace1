"""What becomes of the pictures of one live source; opens and decodes nothing."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from av.error import FFmpegError
from av.video.frame import VideoFrame

from ingest.damage import Damage
from ingest.live_events import (
    LiveAlive,
    LiveClockJumped,
    LiveDropped,
    LiveEvent,
    LiveFailed,
    LiveFrame,
    LiveJob,
    LiveOpened,
)
from ingest.live_picture import as_jpeg, blacken
from ingest.live_sources import LiveSourceError
from ingest.live_stream import Description, Taken
from ingest.picture import PictureMaker
from ingest.rate import Pace, TokenBucket

_SIGN_OF_LIFE_S: Final = 1.0
_LONGEST_WITHOUT_PICTURE_S: Final = 25.0
"""Some cameras send a picture that stands alone only every 20 s or so."""


class LiveSampling:
    """Samples, converts and counts."""

    def __init__(self, job: LiveJob, now_s: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._now_s = now_s
        self._bucket = TokenBucket(job.max_source_fps)
        self._damage = Damage()
        self._pace = Pace(job.fps)
        self._pictures = PictureMaker(job.max_width, job.max_height)
        self._seen: tuple[str, int, int] | None = None
        self._spoke_s = self._whole_s = now_s()

    def events(self, source: Iterator[Taken | None]) -> Iterator[LiveEvent]:
        """Yield what is to be said about a source; None from it is a sign of life.

        Raises:
            LiveSourceError: it sends no picture that is whole.
        """
        for taken in source:
            now_s = self._now_s()
            if now_s - self._whole_s > _LONGEST_WITHOUT_PICTURE_S:
                raise LiveSourceError("no_frames")
            if now_s - self._spoke_s >= _SIGN_OF_LIFE_S:
                self._spoke_s = now_s
                yield LiveAlive()
            if taken is not None:
                for event in self._said_of(taken, now_s):
                    self._spoke_s = now_s
                    yield event

    def _said_of(self, taken: Taken, now_s: float) -> Iterator[LiveEvent]:
        frame = self._whole(taken)
        if taken.jump_ms:
            yield LiveClockJumped(jump_ms=taken.jump_ms)
        if not self._bucket.take(now_s):
            at_ms = taken.capture_ms
            yield LiveDropped(count=1, reason="over_rate", first_ms=at_ms, last_ms=at_ms)
            return
        if frame is not None:
            self._whole_s = now_s
            yield from self._opened_with(taken.stream, frame)
        # Who comes in the middle sees nothing before a key frame, and misses nothing.
        if self._seen is not None and self._pace.keep(taken.capture_ms):
            yield self._sampled(taken, frame)

    def _whole(self, taken: Taken) -> VideoFrame | None:
        """Return the picture, None if it is missing or damaged."""
        frame = taken.frame
        if frame is None:
            self._damage.spoils(taken.capture_ms, is_corrupt=True, is_key=False)
            return None
        is_spoiled = self._damage.spoils(
            taken.capture_ms, is_corrupt=frame.is_corrupt, is_key=bool(frame.key_frame)
        )
        return None if is_spoiled else frame

    def _opened_with(self, stream: Description, frame: VideoFrame) -> Iterator[LiveOpened]:
        seen = (stream.codec, frame.width, frame.height)
        if seen == self._seen:
            return
        self._seen = seen
        swapped = self._pictures.orientation(frame).swap_axes
        width, height = (frame.width, frame.height)[:: -1 if swapped else 1]
        analysis_width, analysis_height = self._pictures.size(frame)
        yield LiveOpened(
            codec=stream.codec,
            width=width,
            height=height,
            fps=stream.fps,
            analysis_width=analysis_width,
            analysis_height=analysis_height,
        )

    def _sampled(self, taken: Taken, frame: VideoFrame | None) -> LiveFrame | LiveFailed:
        """Make the event of a frame that is kept; `frame` is None if it is damaged."""
        if frame is None:
            return LiveFailed(capture_ms=taken.capture_ms, reason="corrupt")
        try:
            picture = self._pictures.make(frame)
        except (FFmpegError, ValueError):  # a pixel format that can't be converted
            return LiveFailed(capture_ms=taken.capture_ms, reason="bad_picture")
        blacken(picture, self._job.masks)
        height, width, _ = picture.shape
        return LiveFrame(
            capture_ms=taken.capture_ms,
            arrival_ms=taken.arrival_ms,
            clock=taken.clock,
            width=width,
            height=height,
            encoding=self._job.encoding,
            image=picture.tobytes()
            if self._job.encoding == "raw"
            else as_jpeg(picture, self._job.jpeg_quality),
        )
