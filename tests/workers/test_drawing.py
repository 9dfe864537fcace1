"""What is drawn can be read, on any picture and wherever the face is."""

import numpy as np
import numpy.typing as npt
import pytest
from msgspec.structs import replace

from moodtrace.messages import Face
from tests.factories import face
from workers.drawing import box_of, caption, draw_faces


def at(left: int, top: int, right: int, bottom: int, *, excluded: str = "") -> Face:
    return replace(face("happy", excluded=excluded), xyxy=(left, top, right, bottom))


def plain(value: int, height: int = 300, width: int = 400) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), value, np.uint8)


def test_a_caption_says_emotion_and_age_or_why_not() -> None:
    assert caption(face("happy")) == ["Happiness 70%", "age unknown"]
    assert caption(face(excluded="too_small")) == ["too small"]


@pytest.mark.parametrize("background", [0, 128, 255])
def test_text_is_light_on_dark_on_any_background(background: int) -> None:
    drawn = draw_faces(plain(background), [at(3000, 4000, 6000, 9000)])

    label = drawn[92:117, 125:195]  # above the box
    assert (label > 220).mean() > 0.03
    assert (label < 40).mean() > 0.5


@pytest.mark.parametrize("background", [0, 128, 255])
def test_a_box_shows_on_any_background(background: int) -> None:
    drawn = draw_faces(plain(background), [at(3000, 4000, 6000, 9000)])

    edge = drawn[200, 110:130].astype(int)
    assert edge.max() - edge.min() > 200


@pytest.mark.parametrize(
    "corners",
    [
        (0, 0, 1000, 1000),
        (9000, 0, 10_000, 1000),
        (0, 9000, 1000, 10_000),
        (9000, 9000, 10_000, 10_000),
        (0, 0, 10_000, 10_000),
        (5000, 5000, 5000, 5000),
    ],
)
def test_a_label_is_whole_wherever_the_face_is(corners: tuple[int, int, int, int]) -> None:
    middle = draw_faces(plain(128), [at(4500, 4500, 5500, 5500)])

    drawn = draw_faces(plain(128), [at(*corners)])

    assert (drawn < 40).sum() > 0.7 * (middle < 40).sum()


def test_labels_of_neighbours_do_not_hide_each_other() -> None:
    crowd = [at(left, 4000, left + 900, 5500) for left in (3000, 4000, 5000)]
    picture = plain(128, 1000, 1400)

    one = (draw_faces(picture, crowd[:1]) != 128).any(axis=2).sum()
    three = (draw_faces(picture, crowd) != 128).any(axis=2).sum()

    assert three == pytest.approx(3 * one, rel=0.1)


def test_the_picture_that_is_given_stays_as_it_is() -> None:
    picture = plain(9)

    draw_faces(picture, [at(3000, 4000, 6000, 9000)])

    assert (picture == 9).all()
    assert (draw_faces(picture, []) == 9).all()


def test_a_picture_smaller_than_its_label_is_drawn_into_all_the_same() -> None:
    assert draw_faces(plain(128, 8, 8), [at(0, 0, 10_000, 10_000)]).shape == (8, 8, 3)


def test_boxes_are_in_shares_of_the_picture() -> None:
    assert box_of(at(2500, 5000, 10_000, 10_000), plain(0)) == (100, 150, 400, 300)
