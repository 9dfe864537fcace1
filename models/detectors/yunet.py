"""YuNet's heads → detections; knows nothing of pictures.

Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector" (2023). The arithmetic is
that of OpenCV's FaceDetectorYN (modules/objdetect/src/face_detect.cpp).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.detections import Detections

Array = npt.NDArray[np.float32]

STRIDES_PX: Final = (8, 16, 32)


def runnable(path: Path) -> Path:
    """Return what the engine opens: the file as it is takes any height and width."""
    return path


def decode(heads: Sequence[Array], height_px: int, width_px: int, min_score: float) -> Detections:
    """Turn the heads of one picture into detections, overlapping ones included.

    Args:
        heads: `cls`, `obj`, `bbox`, `kps`, each at the three strides, the first
            dimension 1; the second counts cells, row by row.
        height_px: height of the network's input.
        width_px: width of the network's input.
        min_score: lower scores are left out.
    """
    parts = [
        _decode_stride([head[0] for head in heads[level::3]], stride_px, width_px, min_score)
        for level, stride_px in enumerate(STRIDES_PX)
    ]
    xyxy, scores, landmarks = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return Detections(xyxy, scores, landmarks)


def _decode_stride(
    heads: Sequence[Array], stride_px: int, width_px: int, min_score: float
) -> tuple[Array, Array, Array]:
    """Return boxes `(n, 4)`, scores `(n,)` and landmarks `(n, 5, 2)` of one stride."""
    faceness, objectness, boxes, points = heads
    scores = np.sqrt(np.clip(faceness[:, 0], 0, 1) * np.clip(objectness[:, 0], 0, 1))
    cells = np.flatnonzero(scores >= min_score)
    corners = np.stack([cells % (width_px // stride_px), cells // (width_px // stride_px)], axis=1)
    corners = corners.astype(np.float32)
    centres = (corners + boxes[cells, :2]) * stride_px
    halves = np.exp(boxes[cells, 2:]) * (stride_px / 2)
    landmarks = (corners[:, None] + points[cells].reshape(-1, 5, 2)) * stride_px
    return np.concatenate([centres - halves, centres + halves], axis=1), scores[cells], landmarks
