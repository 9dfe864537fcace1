"""Reads one recorded file in this process: sampled pictures out; knows nothing of pipes.

Every frame is decoded, for the frames after it build on it, but only sampled ones are converted.
The file is read from its beginning also when a run is resumed, so that the resumed run sees the
very same frames.
"""

import math
import os
from collections.abc import Iterator
from fractions import Fraction
from typing import BinaryIO, Final

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.events import DecodeJob, Event, SourceEnded, SourceOpened, SourceRead
from ingest.lost import LostPictures
from ingest.numbering import Numbering
from ingest.opening import best_video_stream, open_container, open_file
from ingest.picture import PictureMaker
from ingest.sampling import Placed, Playhead, Sampler
from ingest.truncation import Material, duration_ms
from moodtrace.messages import FrameCaptured, FrameFailed
from moodtrace.problems import SourceError

_PACKETS_PER_SIGN_OF_LIFE: Final = 32
_USUAL_FPS: Final = Fraction(25)
_HIGHEST_FPS: Final = 1000


def read_file(job: DecodeJob) -> Iterator[Event]:
    """Decode one file, from its beginning to its end, in order of showing.

    Yields:
        `SourceOpened` with the first frame, then sampled frames with strictly increasing times,
        then always one `SourceEnded`. What is wrong with a file is its `reason`, never raised.
    """
    numbering = Numbering(job)
    reading: _Reading | None = None
    reason = ""
    try:
        with open_file(job.path) as file, open_container(file, os.fsdecode(job.path)) as container:
            reading = _Reading(job, file, container, numbering)
            yield from reading.events()
            reason = reading.problem()
    except SourceError as error:
        reason = error.reason
    except OSError:  # the disk or the network share went away in the middle
        reason = "source_lost"
    yield SourceEnded(
        camera_id=job.camera_id,
        reason=reason,
        captured=numbering.captured,
        failed=dict(numbering.failed),
        end_ms=0 if reading is None else reading.end_ms,
        duration_ms=None if reading is None else reading.duration_ms,
    )


class _Reading:
    """One pass through an open file."""

    def __init__(
        self, job: DecodeJob, file: BinaryIO, container: InputContainer, numbering: Numbering
    ) -> None:
        self._job = job
        self._file = file
        self._size_bytes = _size_bytes(file)
        self._container = container
        self._video = video = best_video_stream(container, os.fsdecode(job.path))
        self._numbering = numbering
        self._tick_s = video.time_base or Fraction(1, 1000)
        self._interval_s = interval_s(video)
        start_s = None if video.start_time is None else video.start_time * self._tick_s
        self._playhead = Playhead(start_s, self._interval_s, job.offset_ms)
        self._sampler = Sampler(job.fps)
        self._lost = LostPictures(self._interval_s / self._tick_s)
        self._pictures = PictureMaker(job.max_width, job.max_height)
        self._material = Material(container, video)
        self._demuxer_failed = False
        self._opened = False
        self.duration_ms = duration_ms(container, video)

    @property
    def end_ms(self) -> int:
        """Where the decoded material ends on the playhead: the last frame and its interval."""
        return max(0, math.floor(self._playhead.next_s * 1000)) if self._opened else 0

    def events(self) -> Iterator[Event]:
        """Yield what the file holds."""
        silent_packets = 0
        for frames in self._decoded():
            silent_packets += 1
            for event in self._seen(frames):
                yield event
                silent_packets = 0
            if silent_packets >= _PACKETS_PER_SIGN_OF_LIFE:
                yield SourceRead(camera_id=self._job.camera_id)
                silent_packets = 0
        if self._opened:
            yield from self._failures(self._lost.rest())

    def problem(self) -> str:
        """Say, after the last event, what was wrong: a reason code, or empty if nothing was."""
        size_bytes = _size_bytes(self._file)
        if size_bytes < self._size_bytes:
            return "source_lost"
        if not self._opened:
            return "no_frames"
        is_cut = self._demuxer_failed or self._material.is_cut(size_bytes)
        return "truncated" if is_cut else ""

    def _decoded(self) -> Iterator[list[VideoFrame]]:
        """Yield the frames, often none, that come out after each packet of the picture."""
        try:
            for packet in self._container.demux():
                self._material.note(packet)
                if packet.stream.index == self._video.index:
                    yield self._decode(packet)
        except FFmpegError:  # what was read before it is still good
            self._demuxer_failed = True
            yield self._decode(None)

    def _decode(self, packet: "Packet[Stream] | None") -> list[VideoFrame]:
        if packet is not None and not packet.is_discard:
            self._lost.sent(packet.pts)
        try:
            return self._video.decode(packet)
        except FFmpegError:  # a bad packet: the hole that it leaves counts as failed frames
            return []

    def _seen(self, frames: list[VideoFrame]) -> Iterator[Event]:
        for frame in frames:
            if not self._opened:
                self._opened = True
                yield self._opened_with(frame)
            yield from self._failures(self._lost.before(frame.pts))
            yield from self._sampled(frame)

    def _failures(self, lost: list[int]) -> Iterator[FrameFailed]:
        """Count lost pictures that would have been sampled."""
        for pts in lost:
            pts_ms = self._keep(self._playhead.place(pts * self._tick_s))
            if pts_ms is not None:
                yield self._numbering.failure(pts_ms, "corrupt")

    def _sampled(self, frame: VideoFrame) -> Iterator[FrameCaptured | FrameFailed]:
        placed = self._playhead.place(None if frame.pts is None else frame.pts * self._tick_s)
        pts_ms = self._keep(placed)
        if pts_ms is None:
            return
        if not placed.believed:
            yield self._numbering.failure(pts_ms, "bad_time")
        elif frame.is_corrupt:
            yield self._numbering.failure(pts_ms, "corrupt")
        else:
            yield self._converted(frame, pts_ms)

    def _keep(self, placed: Placed) -> int | None:
        pts_ms = self._sampler.keep(placed.time_s)
        return pts_ms if pts_ms is not None and pts_ms >= self._job.start_ms else None

    def _converted(self, frame: VideoFrame, pts_ms: int) -> FrameCaptured | FrameFailed:
        try:
            picture = self._pictures.make(frame)
        except (FFmpegError, ValueError):  # a pixel format that can't be converted
            return self._numbering.failure(pts_ms, "bad_picture")
        height, width, _ = picture.shape
        return self._numbering.picture(pts_ms, width, height, picture.tobytes())

    def _opened_with(self, frame: VideoFrame) -> SourceOpened:
        analysis_width, analysis_height = self._pictures.size(frame)
        return SourceOpened(
            camera_id=self._job.camera_id,
            codec=self._video.codec_context.name,
            width=frame.width,
            height=frame.height,
            average_fps=round(float(1 / self._interval_s), 3),
            duration_ms=self.duration_ms,
            rotation_deg=self._pictures.orientation(frame).rotation_deg,
            analysis_width=analysis_width,
            analysis_height=analysis_height,
        )


def believable_fps(*rates: Fraction | None) -> Fraction | None:
    """Return the first of these rates that is one, None if all are missing or nonsense."""
    return next((rate for rate in rates if rate and 0 < rate <= _HIGHEST_FPS), None)


def interval_s(video: VideoStream) -> Fraction:
    """Return the usual time between two frames; 1/25 if the stream tells none."""
    return 1 / (believable_fps(video.average_rate, video.guessed_rate) or _USUAL_FPS)


def _size_bytes(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
