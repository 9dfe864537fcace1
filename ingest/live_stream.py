"""Pictures out of an open live source, each with its time; samples and converts nothing."""

import struct
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final, Literal, NamedTuple, Self

from av import error as av_errors
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ingest.capture_clock import JUMP_MS, CaptureClock
from ingest.decode import believable_fps
from ingest.live_sources import LiveSourceError

_KEPT_TIMES: Final = 256
"""More packets than a decoder holds back."""
_WITHOUT_TIMES: Final = frozenset({"mpjpeg"})
"""Formats whose timestamps libav makes up from a rate that nobody promised."""


class Description(NamedTuple):
    """What a stream says of itself."""

    codec: str
    fps: float
    """0 if it does not say."""

    @classmethod
    def of(cls, video: VideoStream) -> Self:
        """Read it off a stream."""
        codec = video.codec_context
        fps = believable_fps(video.average_rate, codec.framerate)
        return cls(codec.name, round(float(fps or 0), 3))


class Taken(NamedTuple):
    """A picture that the source sent, with its time."""

    stream: Description
    frame: VideoFrame | None
    """None if it can't be decoded."""
    capture_ms: int
    arrival_ms: int
    clock: Literal["rtcp", "arrival"]
    jump_ms: int = 0


def unix_ms() -> float:
    """Return the time of day."""
    return time.time() * 1000


def pts_s(frame: VideoFrame | None) -> Fraction | None:
    """Return a frame's own timestamp in seconds; None if it has none."""
    if frame is None or frame.pts is None:
        return None
    return frame.pts * Fraction(frame.time_base or 0)


def decoded(
    container: InputContainer, video: VideoStream
) -> Iterator[tuple["Packet[VideoStream]", list[VideoFrame | None]]]:
    """Yield each packet and the frames that came out after it; None stands for a lost one.

    Raises:
        FFmpegError: the source can't be read any further.
        LiveSourceError: nothing of it can be decoded.
    """
    for packet in container.demux(video):
        yield packet, _frames_after(packet, video)


def _frames_after(packet: "Packet[VideoStream]", video: VideoStream) -> list[VideoFrame | None]:
    try:
        return list(video.decode(packet))
    except av_errors.DecoderNotFoundError as error:
        raise LiveSourceError("unsupported_codec") from error
    except FFmpegError:
        return [None]


def taken_as_it_comes(
    container: InputContainer, video: VideoStream, now_ms: Callable[[], float] = unix_ms
) -> Iterator[Taken | None]:
    """Yield pictures at the rate at which the source sends them; None is a sign of life.

    Raises:
        FFmpegError: the source can't be read any further.
        LiveSourceError: nothing of it can be decoded, or the time of day was set back.
    """
    clock, camera_times = CaptureClock(), _CameraTimes()
    has_times = container.format.name not in _WITHOUT_TIMES
    description = Description.of(video)
    last_ms = 0.0
    for packet, frames in decoded(container, video):
        arrival_ms = now_ms()
        if arrival_ms < last_ms - JUMP_MS:
            raise LiveSourceError("clock_stepped", f"by {arrival_ms - last_ms:.0f} ms")
        last_ms = arrival_ms
        camera_times.note(packet)
        yield None
        for frame in frames:
            own_s = pts_s(frame) if has_times else None
            stamped = clock.stamp(
                arrival_ms,
                pts_ms=None if own_s is None else float(own_s * 1000),
                camera_ms=camera_times.of(frame),
            )
            yield Taken(
                description,
                frame,
                capture_ms=stamped.capture_ms,
                arrival_ms=int(arrival_ms),
                clock=stamped.clock,
                jump_ms=stamped.jump_ms,
            )


class _CameraTimes:
    """What sender reports say of packets, until their frames come out."""

    def __init__(self) -> None:
        self._times_ms: dict[int, float] = {}

    def note(self, packet: "Packet[VideoStream]") -> None:
        """Keep the time at which a packet's picture was taken, if the camera said it."""
        if packet.pts is None or not packet.has_sidedata("prft"):
            return
        # AVProducerReferenceTime: Unix time in microseconds, then flags.
        (taken_us,) = struct.unpack_from("<q", bytes(packet.get_sidedata("prft")))
        self._times_ms[packet.pts] = taken_us / 1000
        if len(self._times_ms) > _KEPT_TIMES:
            del self._times_ms[next(iter(self._times_ms))]

    def of(self, frame: VideoFrame | None) -> float | None:
        """Return the time at which a frame was taken; None if the camera did not say."""
        if frame is None or frame.pts is None:
            return None
        return self._times_ms.pop(frame.pts, None)
