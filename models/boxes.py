"""Arithmetic of boxes, `xyxy` in pixels; knows nothing of pictures."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

SMALLEST_PX2: Final = 1e-6
"""Areas below are taken for this, so that boxes without an area divide nothing by zero."""


def clip(xyxy: Array, height_px: int, width_px: int) -> Array:
    """Cut `(n, 4)` boxes at the edges of a picture; a box outside becomes one without area."""
    return np.clip(xyxy, 0, np.array([width_px, height_px] * 2, np.float32))


def longer_sides(xyxy: Array) -> Array:
    """Return the longer side of each of `(n, 4)` boxes: `(n,) float32` pixels."""
    sides: Array = (xyxy[:, 2:] - xyxy[:, :2]).max(axis=1, initial=0)
    return sides


def iou(first: Array, second: Array) -> Array:
    """Return the overlap of each pair of boxes.

    Args:
        first: `(n, 4)` boxes.
        second: `(m, 4)` boxes.

    Returns:
        `(n, m) float32`, intersection over union, 0 to 1; `(0, m)` or `(n, 0)` for no boxes.
    """
    shared_px2 = _shared(first, second)
    areas_px2 = _areas(first)[:, None] + _areas(second)[None, :] - shared_px2
    return np.asarray(shared_px2 / np.maximum(areas_px2, np.float32(SMALLEST_PX2)), np.float32)


def shared_of_smaller(first: Array, second: Array) -> Array:
    """Return how much of the smaller box of each pair lies in the other; see `iou`."""
    smaller_px2 = np.minimum(_areas(first)[:, None], _areas(second)[None, :])
    share = _shared(first, second) / np.maximum(smaller_px2, np.float32(SMALLEST_PX2))
    return np.asarray(share, np.float32)


def suppress(xyxy: Array, scores: Array, max_iou: float) -> npt.NDArray[np.intp]:
    """Choose boxes, best first, dropping each that overlaps a chosen one (greedy NMS).

    Args:
        xyxy: `(n, 4)` boxes with an area.
        scores: `(n,)`, above 0.
        max_iou: boxes that overlap more are one face.

    Returns:
        `(k,)` indices of the chosen boxes, best score first.
    """
    xywh = np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1).astype(np.float64)
    # The scores are filtered by the caller; OpenCV wants a threshold all the same.
    chosen = cv2.dnn.NMSBoxes(xywh.tolist(), scores.tolist(), 0.0, max_iou)
    return np.asarray(chosen, np.intp).reshape(-1)


def suppress_parts(xyxy: Array, scores: Array, max_share: float) -> npt.NDArray[np.intp]:
    """Choose boxes, best first, dropping each that lies in a chosen one or holds it.

    Args:
        xyxy: `(n, 4)` boxes with an area.
        scores: `(n,)`.
        max_share: boxes that share more of the smaller one are one face.

    Returns:
        `(k,)` indices of the chosen boxes, best score first.
    """
    shares = shared_of_smaller(xyxy, xyxy)
    chosen: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if shares[index, chosen].max(initial=0) <= max_share:
            chosen.append(int(index))
    return np.asarray(chosen, np.intp)


def _shared(first: Array, second: Array) -> Array:
    """Return the area that each pair of boxes shares, in px²."""
    corner = np.maximum(first[:, None, :2], second[None, :, :2])
    shared = np.clip(np.minimum(first[:, None, 2:], second[None, :, 2:]) - corner, 0, None)
    return np.asarray(shared.prod(axis=2), np.float32)


def _areas(xyxy: Array) -> Array:
    areas: Array = (xyxy[:, 2] - xyxy[:, 0]) * (xyxy[:, 3] - xyxy[:, 1])
    return areas
