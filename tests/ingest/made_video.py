"""Real video for the tests, made by PyAV; every frame shows its number as a shade of grey."""

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.stream import Disposition

from ingest.decode import read_file
from ingest.events import DecodeJob, Event, SourceEnded, SourceOpened, SourceRead
from moodtrace.messages import FrameCaptured, FrameFailed

Picture = npt.NDArray[np.uint8]
MILLISECOND = Fraction(1, 1000)


def quadrants(width: int = 160, height: int = 120) -> Picture:
    """`(h, w, 3)` RGB that differs from all its turned and mirrored images."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[: height // 2, : width // 2] = (255, 255, 255)
    picture[: height // 2, width // 2 :] = (255, 0, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 255)
    return picture


def shades(count: int, width: int = 160, height: int = 120) -> list[Picture]:
    return [
        np.full((height, width, 3), 16 + number * 7 % 220, dtype=np.uint8)
        for number in range(count)
    ]


def make_video(
    path: Path,
    pictures: Sequence[Picture],
    *,
    times_ms: Sequence[int] | None = None,
    fps: int = 25,
    codec: Literal["libx264", "mpeg4", "libx265"] = "libx264",
    encoder: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    rotation_deg: float = 0,
    vertical_flip: bool = False,
    container_format: str | None = None,
) -> Path:
    """Write the pictures at the given times (by default at a constant rate)."""
    height, width, _ = pictures[0].shape
    with av.open(path, "w", format=container_format, options=muxer or {}) as container:
        stream = container.add_stream(codec, rate=fps, options=encoder or {"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps) if times_ms is None else MILLISECOND
        if rotation_deg or vertical_flip:
            stream.set_display_rotation(rotation_deg, vflip=vertical_flip)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base = stream.codec_context.time_base
            frame.pts = number if times_ms is None else times_ms[number]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_sound(path: Path, cover: Picture | None = None) -> Path:
    """Write a second of silence, maybe with a cover picture."""
    with av.open(path, "w") as container:
        sound = container.add_stream("aac", rate=48000, layout="mono")
        if cover is not None:
            _add_cover(container, cover)
        for number in range(50):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1024, Fraction(1, 48000)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def _add_cover(container: OutputContainer, cover: Picture) -> None:
    stream = container.add_stream("mjpeg", rate=1)
    stream.height, stream.width, _ = cover.shape
    stream.pix_fmt = "yuvj420p"
    stream.disposition = Disposition.attached_pic
    picture = av.VideoFrame.from_ndarray(cover, format="rgb24")
    picture.pts = 0
    container.mux([*stream.encode(picture), *stream.encode(None)])


def job(
    path: Path,
    *,
    camera_id: str = "front",
    fps: float = 5.0,
    max_width: int = 960,
    max_height: int = 960,
    offset_ms: int = 0,
    start_ms: int = 0,
) -> DecodeJob:
    return DecodeJob(
        path=os.fsencode(path),
        screening_id="spring",
        camera_id=camera_id,
        source_epoch=3,
        fps=fps,
        max_width=max_width,
        max_height=max_height,
        offset_ms=offset_ms,
        start_ms=start_ms,
    )


def read(path: Path, fps: float = 5.0) -> list[Event]:
    """Decode a file in this process; signs of life are left out."""
    events = read_file(job(path, fps=fps))
    return [event for event in events if not isinstance(event, SourceRead)]


def pictures_of(events: Iterable[Event]) -> list[FrameCaptured]:
    return [event for event in events if isinstance(event, FrameCaptured)]


def failures_of(events: Iterable[Event]) -> list[FrameFailed]:
    return [event for event in events if isinstance(event, FrameFailed)]


def times_of(events: Iterable[Event]) -> list[int]:
    return [event.pts_ms for event in events if isinstance(event, FrameCaptured | FrameFailed)]


def opened(events: Sequence[Event]) -> SourceOpened:
    assert isinstance(events[0], SourceOpened)
    return events[0]


def ended(events: Sequence[Event]) -> SourceEnded:
    assert isinstance(events[-1], SourceEnded)
    return events[-1]


def image_of(frame: FrameCaptured) -> Picture:
    """`(h, w, 3)` BGR."""
    return np.frombuffer(frame.image, dtype=np.uint8).reshape(frame.height, frame.width, 3)
