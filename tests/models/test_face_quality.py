"""Measures tell sharp from blurred, and stay finite whatever they are given."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from models.crops import cut
from models.detectors import open_detector
from models.face_quality import SIDE_PX, cut_share, face_quality
from models.letterbox import resized
from models.registry import YUNET, Card

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
CROPS = arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(SIDE_PX), st.just(SIDE_PX)))
ANYWHERE = st.floats(-5000, 5000, width=32)


def wave(cycles: float) -> Image:
    """A crop with so many waves across, and the same down."""
    phase = 2 * np.pi * cycles * np.arange(SIDE_PX) / SIDE_PX
    values = 120 + 50 * np.add.outer(np.sin(phase), np.sin(phase))
    return np.asarray(np.rint(values), np.uint8)


def shrunk(crops: Iterable[Image]) -> Image:
    """Scale crops to the size that is measured."""
    return np.stack([resized(crop, SIDE_PX, SIDE_PX) for crop in crops])


@pytest.mark.parametrize("cycles", [0.8, 1.6, 2.4, 3.2, 4.0, 5.6, 7.2])  # whole ones in the middle
def test_the_sharpness_of_waves_is_how_many_there_are(cycles: float) -> None:
    assert face_quality(wave(cycles)[None]).sharpness[0] == pytest.approx(cycles, rel=0.03)


def test_light_and_contrast_change_their_own_measure_alone() -> None:
    crop = wave(3)
    flat = (60 + crop // 4).astype(np.uint8)

    before, after = (face_quality(each[None]) for each in (crop, flat))

    assert after.brightness[0] == pytest.approx(60 + before.brightness[0] / 4, abs=1)
    assert after.contrast[0] == pytest.approx(before.contrast[0] / 4, rel=0.05)
    assert after.sharpness[0] == pytest.approx(before.sharpness[0], rel=0.03)


def test_what_is_behind_a_face_does_not_count() -> None:
    crop = wave(3)
    lit = crop.copy()
    lit[:2], lit[-2:], lit[:, :2], lit[:, -2:] = 255, 255, 255, 255

    for one, other in zip(face_quality(crop[None]), face_quality(lit[None]), strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("blur", [(15, 15), (17, 1), (1, 17)])
def test_a_blurred_face_is_less_sharp_also_if_it_moved_one_way(
    face_crops: Image, blur: tuple[int, int]
) -> None:
    worse = [np.asarray(cv2.blur(crop, blur), np.uint8) for crop in face_crops]

    sharp, blurred = (face_quality(shrunk(crops)).sharpness for crops in (face_crops, worse))

    assert (sharp > 2.5).all()
    assert (blurred < 0.8 * sharp).all()


def test_a_covered_mouth_raises_the_hint(face_crops: Image) -> None:
    covered = face_crops.copy()
    covered[:, 60:90] = 128

    free, hidden = (face_quality(shrunk(crops)).occlusion for crops in (face_crops, covered))

    assert (hidden > free + 0.1).all()


@pytest.fixture
def face_crops(footage: Callable[[str], Path], path_of: Callable[[Card], Path]) -> Image:
    """`(n, 96, 96)` gray: real faces of at least that size."""
    video = cv2.VideoCapture(str(footage("audience_cut_a.mp4")))
    picture = resized(np.asarray(video.read()[1], np.uint8), 960, 540)
    video.release()
    (found,) = open_detector(YUNET, path_of(YUNET))([picture])
    large = found.xyxy[(found.xyxy[:, 3] - found.xyxy[:, 1]) > 96]
    assert len(large) >= 4
    return cut(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8), large, 96)


@settings(deadline=None)
@given(CROPS)
def test_measures_are_finite_and_in_their_range(crops: Image) -> None:
    quality = face_quality(crops)
    for values, most in zip(quality, (8, 255, 127.5, 1), strict=True):
        assert values.shape == (len(crops),)
        assert ((values >= 0) & (values <= most)).all()


@pytest.mark.parametrize("gray", [0, 7, 255])
def test_a_crop_of_one_gray_has_no_edges_and_no_contrast(gray: int) -> None:
    quality = face_quality(np.full((1, SIDE_PX, SIDE_PX), gray, np.uint8))

    assert [values[0] for values in quality] == [0, gray, 0, 0]


def at(left: float, top: float, side: float = 100) -> tuple[Floats, Floats]:
    """A box, and landmarks where a face of that height has them."""
    box = np.array([[left + 0.11 * side, top, left + 0.89 * side, top + side]], np.float32)
    shares = [[0.31, 0.38], [0.69, 0.38], [0.5, 0.56], [0.36, 0.73], [0.64, 0.73]]
    return box, (np.array([left, top]) + side * np.array(shares))[None].astype(np.float32)


@pytest.mark.parametrize(
    ("left", "top", "share"),
    [
        (200, 200, 0),
        (0, 0, 0),
        (-50, 200, 0.5),
        (-30, 200, 0.25),
        (200, -40, 0.4),
        (500, 540, 0.4),
        (570, 200, 0.25),
        (-50, -50, 0.75),
    ],
)
def test_the_cut_is_the_share_beyond_the_edge(left: float, top: float, share: float) -> None:
    box, landmarks = at(left, top)
    seen = np.clip(box, 0, np.array([640, 600] * 2, np.float32))

    for drawn in (box, seen):  # whether the detector draws it to the edge or beyond
        assert cut_share(drawn, landmarks, 640, 600)[0] == pytest.approx(share, abs=0.02)


def test_landmarks_that_stray_do_not_cut_a_face_that_is_inside() -> None:
    box, landmarks = at(200, 200)

    assert cut_share(box, landmarks - 250, 640, 600)[0] == 0


@settings(deadline=None)
@given(
    arrays(np.float32, (4, 4), elements=ANYWHERE), arrays(np.float32, (4, 5, 2), elements=ANYWHERE)
)
def test_a_cut_is_a_share_wherever_box_and_landmarks_lie(xyxy: Floats, landmarks: Floats) -> None:
    shares = cut_share(xyxy, landmarks, 640, 360)

    assert ((shares >= 0) & (shares <= 1)).all()


@settings(deadline=None)
@given(
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)),
    arrays(np.float32, (2, 4), elements=st.floats(-90, 90, width=32)),
)
def test_any_box_in_any_picture_can_be_measured(image: Image, corners: Floats) -> None:
    first, second = np.split(corners, 2, axis=1)
    boxes = np.concatenate([np.minimum(first, second), np.maximum(first, second)], axis=1)

    for values in face_quality(cut(image, boxes, SIDE_PX)):
        assert np.isfinite(values).all()
