"""What the detectors that OpenCV brings need to give whole faces and honest scores."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.boxes import iou
from models.detectors import open_detector
from models.detectors.haar import LAST_STAGE, certainty
from models.registry import SSD, Card
from tests.models.test_detectors import GOLDEN, PHOTO

PathOf = Callable[[Card], Path]


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9], ids=str)
def test_ssd_finds_a_large_face_whole_and_once(path_of: PathOf, shared: Path, share: float) -> None:
    """Faces of 163 to 490 px: the network's own largest box has 315, and its file misplaces it."""
    photo = cv2.imread(str(shared / "footage" / "photos" / PHOTO))
    assert photo is not None
    left, top, right, bottom = json.loads(GOLDEN.read_text())["yunet"]["xyxy"][0]
    zoom = share * 544 / (bottom - top)
    centre = np.asarray([(left + right) / 2, (top + bottom) / 2])
    shift = np.asarray([480, 272]) - zoom * centre
    frame = cv2.warpAffine(
        photo,
        np.column_stack([np.eye(2) * zoom, shift]),
        (960, 544),
        borderMode=cv2.BORDER_REPLICATE,
    )
    face = np.asarray([[left, top, right, bottom]]) * zoom + np.tile(shift, 2)

    (found,) = open_detector(SSD, path_of(SSD))([np.asarray(frame, np.uint8)])

    overlaps = iou(face.astype(np.float32), found.xyxy)[0]
    assert (overlaps >= 0.5).sum() == 1
    assert ((overlaps > 0.05) & (overlaps < 0.5)).sum() == 0


def test_a_cascades_score_grows_with_the_sum_and_stays_between_0_and_1() -> None:
    sums = np.asarray([LAST_STAGE - 1, LAST_STAGE, LAST_STAGE + 1, LAST_STAGE + 4], np.float32)

    scores = certainty(sums)

    assert scores.dtype == np.float32
    assert scores.tolist() == pytest.approx([0, 0, 0.632, 0.982], abs=1e-3)
    assert certainty(np.empty(0, np.float32)).shape == (0,)
