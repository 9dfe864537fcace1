"""Decoded frames in, upright BGR pictures at the analysis size out; knows nothing of files."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

# The last two make swscale give the same bytes on every processor.
_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


class Orientation(NamedTuple):
    """How a stored picture becomes upright: swap its axes, then mirror it."""

    swap_axes: bool = False
    mirror_x: bool = False
    mirror_y: bool = False

    @property
    def rotation_deg(self) -> int:
        """The counter-clockwise turn in it; a mirror image counts as the turn that undoes it."""
        if self.swap_axes:
            return 90 if self.mirror_y else 270
        return 180 if self.mirror_x and self.mirror_y else 0

    def apply(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Turn a `(h, w, 3)` picture upright; it is a view."""
        if self.swap_axes:
            picture = picture.swapaxes(0, 1)
        return picture[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1]


def orientation(frame: VideoFrame) -> Orientation:
    """Read the display matrix that the recorder wrote: x' = ax + cy, y' = bx + dy."""
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if matrix is None:
        return Orientation()
    a, b, _, c, d = np.frombuffer(matrix, dtype=np.int32)[:5].tolist()
    if abs(b) > abs(a):
        return Orientation(swap_axes=True, mirror_x=c < 0, mirror_y=b < 0)
    return Orientation(mirror_x=a < 0, mirror_y=d < 0)


def fitted(width: int, height: int, max_width: int, max_height: int) -> tuple[int, int]:
    """Return the size, in pixels, that fits the limits, with the same shape and never larger."""
    scale = min(1.0, max_width / width, max_height / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


class PictureMaker:
    """Makes upright, scaled BGR pictures; keeps one scaler for all frames of a source."""

    def __init__(self, max_width: int, max_height: int) -> None:
        self._limits = (max_width, max_height)
        self._scaler = VideoReformatter()
        self._seen: tuple[int, int, int] | None = None
        self._orientation = Orientation()

    def orientation(self, frame: VideoFrame) -> Orientation:
        """Tell how the frame becomes upright.

        The matrix is read only when the pictures change: asking PyAV for a frame's side data ties
        frame and side data into a cycle, which kept hundreds of megabytes of frames alive.
        """
        seen = (frame.width, frame.height, frame.rotation)
        if seen != self._seen:
            self._seen, self._orientation = seen, orientation(frame)
        return self._orientation

    def size(self, frame: VideoFrame) -> tuple[int, int]:
        """Return width and height, in pixels, of the picture that `make` gives."""
        width, height = self._stored_size(frame)
        return (height, width) if self._orientation.swap_axes else (width, height)

    def make(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """Return `(h, w, 3)` uint8 BGR, upright, contiguous."""
        # Scaled first and turned after, which costs less and gives the same picture.
        width, height = self._stored_size(frame)
        scaled = self._scaler.reformat(
            frame,
            width,
            height,
            "bgr24",
            interpolation=_SCALING,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        pixels = np.asarray(scaled.to_ndarray(), dtype=np.uint8)
        return np.ascontiguousarray(self._orientation.apply(pixels))

    def _stored_size(self, frame: VideoFrame) -> tuple[int, int]:
        swapped = self.orientation(frame).swap_axes
        limits = self._limits[::-1] if swapped else self._limits
        return fitted(frame.width, frame.height, *limits)
