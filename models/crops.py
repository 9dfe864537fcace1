"""Cuts faces out of a picture; knows nothing of what is done with them."""

import numpy as np
import numpy.typing as npt

from models.boxes import longer_sides
from models.letterbox import resized

Image = npt.NDArray[np.uint8]


def cut(image: Image, xyxy: npt.NDArray[np.float32], size_px: int, *, side: float = 1.0) -> Image:
    """Cut a square around each box and scale it; beyond the picture its edge is repeated.

    Args:
        image: `(h, w) uint8` gray or `(h, w, 3) uint8`.
        xyxy: `(n, 4)` boxes in pixels, which may reach beyond the picture.
        size_px: side of the results.
        side: side of the square / longer side of the box.

    Returns:
        `(n, size_px, size_px) uint8`, or `(n, size_px, size_px, 3)` of a picture with colours.
    """
    corners, sides_px = squares(xyxy, side)
    crops = np.empty((len(xyxy), size_px, size_px, *image.shape[2:]), np.uint8)
    for crop, (left, top), side_px in zip(crops, corners, sides_px, strict=True):
        crop[:] = resized(_square(image, left, top, side_px), size_px, size_px)
    return crops


def squares(
    xyxy: npt.NDArray[np.float32], side: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return what is cut around boxes.

    Args:
        xyxy: `(n, 4)` boxes in pixels.
        side: side of the square / longer side of the box.

    Returns:
        `(n, 2)` left and top of the squares, and `(n,)` their sides, in whole pixels.
    """
    centres = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    sides_px = np.maximum(1, np.rint(side * longer_sides(xyxy))).astype(np.int64)
    return np.rint(centres - sides_px[:, None] / 2).astype(np.int64), sides_px


def _square(image: Image, left: int, top: int, side_px: int) -> Image:
    """Return a square of the picture, its edge repeated where it reaches beyond."""
    height, width = image.shape[:2]
    rows = np.clip(np.arange(top, top + side_px), 0, height - 1)
    columns = np.clip(np.arange(left, left + side_px), 0, width - 1)
    inside = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if inside.shape[:2] == (side_px, side_px):
        return inside
    return image[np.ix_(rows, columns)]
