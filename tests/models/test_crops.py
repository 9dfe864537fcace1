"""Crops hold the face, whatever the box."""

import numpy as np
import pytest

from models.crops import cut

RAMP = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)


def boxes(
    *rows: tuple[float, float, float, float],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(rows, np.float32).reshape(-1, 4)


def test_a_square_box_is_cut_as_it_is() -> None:
    assert (cut(RAMP, boxes((10, 5, 26, 21)), 16)[0] == RAMP[5:21, 10:26]).all()


def test_a_narrow_box_becomes_a_square_around_its_centre() -> None:
    assert (cut(RAMP, boxes((14, 5, 22, 21)), 16)[0] == RAMP[5:21, 10:26]).all()


def test_the_side_widens_the_square() -> None:
    assert (cut(RAMP, boxes((14, 9, 22, 17)), 16, side=2)[0] == RAMP[5:21, 10:26]).all()


def test_the_edge_is_repeated_beyond_the_picture() -> None:
    crop = cut(RAMP, boxes((-8, -8, 8, 8)), 16)[0]

    assert (crop[8:, 8:] == RAMP[:8, :8]).all()
    assert (crop[:8, :8] == RAMP[0, 0]).all()
    assert (crop[8:, 0] == RAMP[:8, 0]).all()


@pytest.mark.parametrize(
    "box",
    [
        (5, 5, 6, 6),  # one pixel
        (5, 5, 5, 5),  # none
        (59, 39, 60, 40),  # the last one
        (-30, -30, -20, -20),  # wholly outside
        (0, 0, 60, 40),  # all of it
    ],
)
def test_odd_boxes_give_a_crop_all_the_same(box: tuple[float, float, float, float]) -> None:
    assert cut(RAMP, boxes(box), 64).shape == (1, 64, 64)


def test_no_boxes_give_no_crops() -> None:
    assert cut(RAMP, boxes(), 64).shape == (0, 64, 64)
    assert cut(np.dstack([RAMP] * 3), boxes(), 112).shape == (0, 112, 112, 3)


def test_colours_stay() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[..., 2] = 255

    crop = cut(picture, boxes((10, 10, 20, 20)), 32)[0]

    assert crop.reshape(-1, 3).tolist() == [[0, 0, 255]] * 1024
