"""Finds a flash of light in several cameras' pictures, and so how far apart their clocks are."""

from collections.abc import Mapping, Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

LEAST_RISE: Final = 8.0
"""In gray levels, 0 to 255: a flash brightens a whole picture by more."""
LEAST_RATIO: Final = 6.0
"""A flash rises so many times more steeply than the pictures usually change."""


def brightness(image: bytes) -> float:
    """Return the mean gray level of a JPEG, 0 to 255.

    Raises:
        ValueError: it is none.
    """
    small = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    if small is None:
        raise ValueError("the bytes are no JPEG picture")
    return float(small.mean())


def flash_ms(times_ms: Sequence[int], levels: Sequence[float]) -> float | None:
    """Say when a flash came.

    It lies between the two pictures with the steepest rise; where in between is told by nothing,
    so that the error is at most half their distance.

    Args:
        times_ms: of the pictures, rising.
        levels: mean gray level of each.

    Returns:
        None if there was no flash.
    """
    if len(levels) < 3:
        return None
    rises: npt.NDArray[np.float64] = np.diff(np.asarray(levels, np.float64))
    steepest = int(rises.argmax())
    usual = float(np.median(np.abs(np.delete(rises, steepest))))
    if rises[steepest] < max(LEAST_RISE, LEAST_RATIO * usual):
        return None
    return (times_ms[steepest] + times_ms[steepest + 1]) / 2


def offsets_ms(flashes_ms: Mapping[str, float], reference: str) -> dict[str, int]:
    """Return what each camera's times need so that the flash came at once.

    Args:
        flashes_ms: when each camera saw it.
        reference: whose clock is taken for right.
    """
    return {camera: round(flashes_ms[reference] - at_ms) for camera, at_ms in flashes_ms.items()}
