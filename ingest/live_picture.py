"""Decoded frames in, masked JPEG pictures out; knows nothing of sources or pipes.

Masks are blackened here, so that what is under them never leaves the decode process.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from moodtrace.cameras import Polygon

_BLACK: Final = (0, 0, 0)
_EDGE_PX: Final = 3
_SUBPIXEL_BITS: Final = 4


def blacken(picture: npt.NDArray[np.uint8], masks: Sequence[Polygon]) -> None:
    """Make all that lies in a mask black, and up to three pixels around it, in place.

    Args:
        picture: `(h, w, 3)` uint8, upright.
        masks: corners in fractions of the picture.
    """
    height, width, _ = picture.shape
    for mask in masks:  # one by one, for where two of one call overlap nothing is filled
        # Corners are given in pixel centres, so that 0 and 1 are the picture's very edges.
        corners = np.array(mask, np.float64) * (width, height) - 0.5
        scaled = np.round(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(picture, [scaled], _BLACK, shift=_SUBPIXEL_BITS)
        # Filling alone leaves some pixels that the edge runs through.
        cv2.polylines(picture, [scaled], True, _BLACK, _EDGE_PX, shift=_SUBPIXEL_BITS)


def as_jpeg(picture: npt.NDArray[np.uint8], quality: int) -> bytes:
    """Return `(h, w, 3)` uint8 BGR as a JPEG file."""
    done, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return content.tobytes()
