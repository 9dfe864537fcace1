"""Measures how much of a face the frame's edge may cut off, and how well that is estimated.

    python -m benchmarks.face_quality_cut [--shared ../shared] [--every 1]

FER2013's PublicTest faces are shown to YuNet in the middle of a picture, which is then cut through
the box it draws. What it still finds is cropped, scored by the committed network, and measured as
in a replay.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np

from benchmarks._face_quality import Answers, Image, Worsened, answers, given, show
from models.boxes import iou
from models.crops import cut
from models.detections import Array, Detections
from models.detectors import Detector
from models.face_quality import cut_share

ZOOM: Final = 2
PICTURE_PX: Final = 192
LEAST_IOU: Final = 0.4
"""A detection that overlaps less with what is left of the box is of something else."""
SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Of the box, that lie beyond the edge."""
BINS: Final = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
LEFT, TOP, RIGHT, BOTTOM = range(4)


class Cut(NamedTuple):
    """A face as it is found at the edge."""

    crop: Image
    share: float
    estimate: float


def main() -> None:
    """Print the tables."""
    run = given(__doc__)
    detector, network = run.detector(PICTURE_PX, PICTURE_PX), run.network()
    faces, labels = run.faces()
    found = [(n, each) for n, face in enumerate(faces) for each in cuts_of(detector, face)]
    rows = np.array([n for n, _ in found])
    shares = np.array([each.share for _, each in found])
    estimates = np.array([each.estimate for _, each in found])
    scored = answers(network, np.stack([each.crop for _, each in found]), labels[rows])
    before = np.zeros(len(faces), np.bool_)
    before[rows[shares == 0]] = scored.right[shares == 0]
    at = [shares == share for share in SHARES]
    shown = 4 * len(set(rows.tolist()))
    print(f"cut, share of the box; found: {', '.join(f'{m.sum() / shown:.0%}' for m in at)}")
    print(f"mean error of the estimate: {np.abs(estimates - shares).mean():.3f}")
    levels = [
        Worsened(Answers(scored.right[m], scored.sure[m]), estimates[m], before[rows[m]])
        for m in at
    ]
    show(SHARES, levels, BINS)


def cuts_of(detector: Detector, face: Image) -> Iterator[Cut]:
    """Cut one face at each side by each share, and give those that are found."""
    margin_px = (PICTURE_PX - ZOOM * len(face)) // 2
    large = cv2.resize(face, None, fx=ZOOM, fy=ZOOM)
    gray = np.asarray(np.pad(large, margin_px, mode="edge"), np.uint8)
    (whole,) = detector([colour(gray)])
    if not len(whole):
        return
    box = whole.xyxy[0]
    for side in (LEFT, TOP, RIGHT, BOTTOM):
        for share in SHARES:
            window = window_of(box, side, share)
            left, top, right, bottom = window
            seen = np.ascontiguousarray(gray[top:bottom, left:right])
            expected = (box - np.array([left, top] * 2, np.float32))[None]
            one = nearest(detector([colour(seen)])[0], expected)
            if one is not None:
                crop = cut(seen, one.xyxy, 48, side=detector.card.face_side)[0]
                estimate = cut_share(one.xyxy, one.landmarks, right - left, bottom - top)[0]
                yield Cut(crop, share, float(estimate))


def colour(gray: Image) -> Image:
    """Return the picture as a detector wants it."""
    return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)


def window_of(box: Array, side: int, share: float) -> list[int]:
    """Return the corners of the picture that is left when a share of the box is cut off."""
    width_px, height_px = box[RIGHT] - box[LEFT], box[BOTTOM] - box[TOP]
    length_px = width_px if side in (LEFT, RIGHT) else height_px
    inwards = 1 if side in (LEFT, TOP) else -1
    window = [0, 0, PICTURE_PX, PICTURE_PX]
    window[side] = round(float(box[side] + inwards * share * length_px))
    return [min(max(edge, 0), PICTURE_PX) for edge in window]


def nearest(found: Detections, expected: Array) -> Detections | None:
    """Return the detection that is the face, if there is one."""
    overlaps = iou(found.xyxy, expected)[:, 0]
    if not overlaps.size or overlaps.max() < LEAST_IOU:
        return None
    return found.take(np.array([overlaps.argmax()]))


if __name__ == "__main__":
    main()
