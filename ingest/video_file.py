"""Writes pictures as a video at the times they were taken; knows nothing of what is on them."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

from moodtrace.fetch import written_beside

Picture = npt.NDArray[np.uint8]
"""`(h, w, 3)` BGR."""

TICK_S: Final = Fraction(1, 1000)
NOMINAL_FPS: Final = 30
"""What the header says; each picture carries its own time."""
_ENCODER_OPTIONS: Final = {"preset": "veryfast", "crf": "21"}


def write_video(path: Path, pictures: Iterable[tuple[int, Picture]]) -> int:
    """Write an H.264 video without sound, in one step; no picture, no file.

    Args:
        path: where to; an older file there is replaced once the new one is whole.
        pictures: times in ms, rising, and `(h, w, 3) uint8` BGR; the first one's size is the
            video's, less a row or column where it is odd, for H.264 wants even sides.

    Returns:
        How many pictures were written.

    Raises:
        CannotWriteError: the folder or the file can't be written.
    """
    waiting = iter(pictures)
    first = list(islice(waiting, 1))
    if not first:
        return 0
    with written_beside(path) as file:
        return _write(file, chain(first, waiting), first[0][1])


def _write(file: IO[bytes], pictures: Iterable[tuple[int, Picture]], first: Picture) -> int:
    height_px, width_px = (max(2, side_px // 2 * 2) for side_px in first.shape[:2])
    count = 0
    with av.open(file, "w", format="mp4") as container:
        stream: VideoStream = container.add_stream(
            "libx264", rate=NOMINAL_FPS, options=_ENCODER_OPTIONS
        )
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.codec_context.time_base = TICK_S
        for time_ms, picture in pictures:
            frame = av.VideoFrame.from_ndarray(_sized(picture, height_px, width_px), format="bgr24")
            frame.pts, frame.time_base = time_ms, TICK_S
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode(None))
    return count


def _sized(picture: Picture, height_px: int, width_px: int) -> Picture:
    """Cut off what is too much by a pixel; scale pictures of another size."""
    height, width = picture.shape[:2]
    if 0 <= height - height_px <= 1 and 0 <= width - width_px <= 1:
        return np.ascontiguousarray(picture[:height_px, :width_px])
    return np.asarray(cv2.resize(picture, (width_px, height_px)), np.uint8)
