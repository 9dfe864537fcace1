"""Which faces can be read, and why the others can't; knows no networks."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.boxes import longer_sides
from models.detections import Detections
from models.face_quality import SIDE_PX, cut_share, face_quality
from models.pictures import Pictures, in_memory
from moodtrace.exclusions import EXCLUSIONS
from moodtrace.messages import QUALITY_UNITS
from moodtrace.settings import AnalysisSettings

Qualities = npt.NDArray[np.int64]
"""`(n, 6)`, a row per face, columns and units as in `moodtrace.messages.Quality`."""

SIZE_PX, SHARPNESS, BRIGHTNESS, CONTRAST, CUT = range(5)
"""Columns that faces are left out by."""


def measured(pictures: Pictures, found: Sequence[Detections], side: float) -> list[Qualities]:
    """Measure all faces of some pictures.

    Args:
        pictures: gray.
        found: the faces of each.
        side: of the square around a face that is measured / longer side of its box.
    """
    boxes = [faces.xyxy for faces in found]
    quality = face_quality(in_memory(pictures.cut(boxes, SIDE_PX, side)))
    cuts = [
        cut_share(faces.xyxy, faces.landmarks, width, height)
        for faces, (height, width) in zip(found, pictures.shapes, strict=True)
    ]
    columns = (
        longer_sides(np.concatenate(boxes)),
        quality.sharpness,
        quality.brightness,
        quality.contrast,
        np.concatenate(cuts),
        quality.occlusion,
    )
    table = np.rint(np.column_stack(columns) * QUALITY_UNITS).astype(np.int64)
    return np.split(table, np.cumsum([len(faces) for faces in found])[:-1])


def exclusions(
    qualities: Qualities, poses: npt.NDArray[np.float32], limits: AnalysisSettings
) -> list[str]:
    """Say for each face of a frame why it is not usable, or nothing.

    Args:
        qualities: best detection first.
        poses: `(n, 3)`, as `models.head_pose` gives them.
        limits: compared with the integers, so that a message explains itself.

    Returns:
        The first of `EXCLUSIONS` that holds, or an empty string.
    """
    column = (qualities / QUALITY_UNITS).T
    small = column[SIZE_PX] < limits.min_face_px
    holds = {
        "too_small": small,
        "too_many": np.cumsum(~small) > limits.max_faces,  # small ones take no room
        "cut_off": column[CUT] > limits.max_cut,
        "turned_away": np.linalg.norm(poses[:, :2], axis=1) > limits.max_turn_deg,
        "too_dark": column[BRIGHTNESS] < limits.min_brightness,
        "too_bright": column[BRIGHTNESS] > limits.max_brightness,
        "low_contrast": column[CONTRAST] < limits.min_contrast,
        "blurred": column[SHARPNESS] < limits.min_sharpness,
    }
    found: list[str] = np.select(
        [holds[code] for code in EXCLUSIONS], list(EXCLUSIONS), ""
    ).tolist()
    return found
