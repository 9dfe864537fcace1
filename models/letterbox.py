"""Fits pictures of any size into one shape, keeping their proportions; knows nothing of faces."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Scale = npt.NDArray[np.float32]


def letterbox(images: Sequence[Image], height_px: int, width_px: int) -> tuple[Image, Scale]:
    """Scale each picture to fit, into the top left corner; the rest stays black.

    With the picture in the corner a point is mapped back by a division alone.

    Args:
        images: each `(h, w, 3) uint8`, sizes may differ.
        height_px: height of the result.
        width_px: width of the result.

    Returns:
        `(n, height_px, width_px, 3) uint8`, and `(n, 2) float32`: how much each picture
        was scaled along x and along y.
    """
    boxed = np.zeros((len(images), height_px, width_px, 3), np.uint8)
    scales = np.empty((len(images), 2), np.float32)
    for image, box, scale in zip(images, boxed, scales, strict=True):
        small, scale[:] = fitted(image, height_px, width_px)
        box[: small.shape[0], : small.shape[1]] = small
    return boxed, scales


def fitted(image: Image, height_px: int, width_px: int) -> tuple[Image, Scale]:
    """Scale a picture to fit a height and width, keeping its proportions.

    Returns:
        The picture, and `(2,) float32`: how much it was scaled along x and along y.
    """
    height, width = image.shape[:2]
    fit = min(height_px / height, width_px / width)
    fitted_px = max(1, round(width * fit)), max(1, round(height * fit))
    scale = np.asarray([fitted_px[0] / width, fitted_px[1] / height], np.float32)
    return resized(image, *fitted_px), scale


def resized(image: Image, width_px: int, height_px: int) -> Image:
    """Resize a picture, averaging where it shrinks so that fine detail does not flicker."""
    height, width = image.shape[:2]
    if (width, height) == (width_px, height_px):
        return image
    shrinks = width_px < width or height_px < height
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width_px, height_px), interpolation=way), np.uint8)
