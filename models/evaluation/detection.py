"""How good detections are: matched with the faces that are there; recall, precision, AP.

Knows no detector and no picture. scikit-learn's average precision ranks samples that all have a
score, so it can't be given a face that was missed; detection counts those, and so is done here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.boxes import iou, longer_sides
from models.detections import Detections

Array = npt.NDArray[np.float32]

MIN_IOU: Final = 0.4
"""A detection that overlaps a face less is of something else. Boxes of small faces are off by a
pixel or two, which at 12 px takes an overlap below the usual 0.5."""


@dataclass(frozen=True)
class Matches:
    """Faces and detections, and what matched; of one picture or of many."""

    face_px: Array
    """`(f,)` longer sides of the faces."""
    face_score: Array
    """`(f,)` score of the detection that matched; if none did NaN, which no score reaches."""
    false_px: Array
    """`(d,)` longer sides of the detections that matched no face."""
    false_score: Array
    """`(d,)` their scores."""

    def of_size(self, low_px: float, high_px: float) -> "Matches":
        """Return faces and false detections of at least `low_px` and less than `high_px`."""
        faces = (self.face_px >= low_px) & (self.face_px < high_px)
        false = (self.false_px >= low_px) & (self.false_px < high_px)
        return Matches(
            self.face_px[faces],
            self.face_score[faces],
            self.false_px[false],
            self.false_score[false],
        )

    def recall(self, min_score: float) -> float | None:
        """Return the share of faces that were found; None if there are none."""
        found = int((self.face_score >= min_score).sum())
        return found / len(self.face_px) if len(self.face_px) else None

    def precision(self, min_score: float) -> float | None:
        """Return the share of detections that are faces; None if there are none."""
        true = int((self.face_score >= min_score).sum())
        false = int((self.false_score >= min_score).sum())
        return true / (true + false) if true + false else None

    def average_precision(self) -> float | None:
        """Return the area under the interpolated curve of precision over recall; None for no faces.

        Precision at a recall is the best at that recall or beyond, and every recall counts: as in
        PASCAL VOC from 2010 on (Everingham et al., "The PASCAL Visual Object Classes Challenge: A
        Retrospective", 2015). Faces that were never found add nothing.
        """
        if not len(self.face_px):
            return None
        found = self.face_score[~np.isnan(self.face_score)]
        scores = np.concatenate([found, self.false_score])
        is_true = np.arange(len(scores)) < len(found)
        is_true = is_true[np.argsort(-scores, kind="stable")]
        precision = np.cumsum(is_true) / np.arange(1, len(scores) + 1)
        best_beyond = np.maximum.accumulate(precision[::-1])[::-1]
        return float(best_beyond[is_true].sum() / len(self.face_px))


def match(faces: Array, found: Detections, *, complete: bool = True, scale: float = 1.0) -> Matches:
    """Match detections with faces: the best score first takes the free face it overlaps most.

    So of two detections of one face the second is false, and leaving out low scores later
    changes nothing about the others.

    Args:
        faces: `(f, 4)` boxes, in pixels of the picture.
        found: best score first.
        complete: whether every face has a box; if not, no detection is called false.
        scale: pixels of the analysed frame / pixels of the picture; sizes are given in the first.
    """
    overlaps = iou(faces, found.xyxy)
    scores = np.full(len(faces), np.nan, np.float32)
    is_false = np.full(len(found), complete)
    for detection, score in enumerate(found.scores):
        free = np.where(np.isnan(scores), overlaps[:, detection], 0)
        if free.max(initial=0) >= MIN_IOU:
            scores[free.argmax()] = score
            is_false[detection] = False
    return Matches(
        longer_sides(faces) * scale,
        scores,
        longer_sides(found.xyxy[is_false]) * scale,
        found.scores[is_false],
    )


def pooled(matches: Iterable[Matches]) -> Matches:
    """Return the matches of several pictures, at least one, as one."""
    parts = list(matches)
    return Matches(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("face_px", "face_score", "false_px", "false_score")
        )
    )
