"""Pictures of any size fit one shape, and points find their way back."""

import numpy as np
import pytest

from models.letterbox import letterbox


def picture(
    height: int, width: int, value: int = 200
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "fitted"),
    [
        (544, 960, (544, 960)),  # as it is
        (1080, 1920, (540, 960)),  # halved
        (270, 480, (540, 960)),  # doubled
        (1000, 100, (544, 54)),  # a tower
        (1, 2000, (1, 960)),  # a line
    ],
)
def test_a_picture_fills_the_corner(height: int, width: int, fitted: tuple[int, int]) -> None:
    boxed, scales = letterbox([picture(height, width)], 544, 960)

    assert boxed.shape == (1, 544, 960, 3)
    assert (boxed[0, : fitted[0], : fitted[1]] == 200).all()
    assert not boxed[0, fitted[0] :].any()
    assert not boxed[0, :, fitted[1] :].any()
    assert scales[0] == pytest.approx([fitted[1] / width, fitted[0] / height])


def test_a_batch_may_mix_sizes() -> None:
    boxed, scales = letterbox([picture(100, 100, 10), picture(50, 200, 20)], 64, 128)

    assert boxed.max(axis=(1, 2, 3)).tolist() == [10, 20]
    assert scales.tolist() == pytest.approx(np.array([[0.64, 0.64], [0.64, 0.64]]))


def test_no_pictures_give_an_empty_batch() -> None:
    boxed, scales = letterbox([], 64, 128)

    assert boxed.shape == (0, 64, 128, 3)
    assert scales.shape == (0, 2)
