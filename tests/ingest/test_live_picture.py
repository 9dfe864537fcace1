"""What is under a mask is black before anything else happens to a picture."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ingest.live_picture import as_jpeg, blacken
from ingest.live_process import LiveProcess
from models.detectors import FaceDetector
from models.registry import YUNET
from models.weights import find, is_present
from moodtrace.cameras import Polygon
from tests.conftest import missing
from tests.ingest.live import after_frames, frames_of, heard, live_job, picture_of

Picture = npt.NDArray[np.uint8]
SQUARE: Polygon = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
TRIANGLE: Polygon = ((0.1, 0.9), (0.5, 0.13), (0.93, 0.8))
WHOLE: Polygon = ((0, 0), (1, 0), (1, 1), (0, 1))


def white(width: int = 64, height: int = 48) -> Picture:
    return np.full((height, width, 3), 255, dtype=np.uint8)


def test_all_of_a_mask_is_black_and_what_is_clear_of_it_is_not() -> None:
    picture = white()
    blacken(picture, [SQUARE])
    assert not picture[12:36, 16:48].any()
    assert (picture[: 12 - 3] == 255).all()
    assert (picture[:, : 16 - 3] == 255).all()
    assert (picture[36 + 3 :] == 255).all()
    assert (picture[:, 48 + 3 :] == 255).all()


@pytest.mark.parametrize(("width", "height"), [(64, 48), (961, 541), (7, 5)])
def test_every_pixel_whose_middle_lies_in_a_mask_is_black(width: int, height: int) -> None:
    picture = white(width, height)
    blacken(picture, [TRIANGLE])
    corners = np.array(TRIANGLE, np.float32) * (width, height)
    for y in range(height):
        for x in range(width):
            inside = cv2.pointPolygonTest(corners.astype(np.float32), (x + 0.5, y + 0.5), False)
            assert inside < 0 or not picture[y, x].any()


def test_a_mask_over_everything_leaves_nothing() -> None:
    picture = white(97, 53)
    blacken(picture, [WHOLE])
    assert not picture.any()


def test_where_masks_overlap_is_black_too() -> None:
    picture = white()
    blacken(picture, [SQUARE, WHOLE])
    assert not picture.any()


def test_without_masks_a_picture_stays_as_it_is() -> None:
    picture = white()
    blacken(picture, [])
    assert (picture == 255).all()


def test_a_mask_is_black_in_the_jpeg_too_but_for_the_ringing_at_its_edge() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    blacken(picture, [SQUARE])
    sent = cv2.imdecode(np.frombuffer(as_jpeg(picture, 90), np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    assert sent[60 + 16 : 180 - 16, 80 + 16 : 240 - 16].max() <= 2


def test_no_face_is_found_under_a_mask(
    footage: Callable[[str], Path], weights: tuple[Path, ...]
) -> None:
    if not is_present(YUNET, weights):
        missing("the weights of YuNet are not here")
    detect = FaceDetector(YUNET, find(YUNET, weights))
    source = f"file:{footage('WolfgangLanger_Pexels.mp4')}"
    with LiveProcess(live_job(source)) as process:
        shown = picture_of(frames_of(heard(process, until=after_frames(1)))[0])
    (face,) = detect([shown])[0].xyxy
    height, width, _ = shown.shape
    left, top, right, bottom = (face / np.array([width, height, width, height])).tolist()
    mask = ((left, top), (right, top), (right, bottom), (left, bottom))
    with LiveProcess(live_job(source, masks=(mask,))) as process:
        masked = picture_of(frames_of(heard(process, until=after_frames(1)))[0])
    assert len(detect([masked])[0]) == 0
    inside = masked[int(top * height) + 16 : int(bottom * height) - 16]
    assert inside[:, int(left * width) + 16 : int(right * width) - 16].max() <= 2
    assert masked[: int(top * height) - 16].max() > 100
