"""Curves can be told apart by people who don't see all colours."""

from itertools import combinations

import numpy as np
import pytest

from dashboard.charts_palette import DARK, LIGHT, Palette
from tests.dashboard.colours import SIGHT, apart, difference

LEAST = 10
"""Two curves that are less apart look alike; see the rules of the palette."""


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [  # of the table that the formula's authors publish to test programs with
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_the_published_one(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    assert difference(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_screenings_keep_apart(palette: Palette, sight: str) -> None:
    pairs = combinations(palette.screenings, 2)
    assert min(apart(one, other, sight) for one, other in pairs) >= LEAST


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_emotions_keep_apart(palette: Palette, sight: str) -> None:
    pairs = combinations(palette.emotions.values(), 2)
    assert min(apart(one, other, sight) for one, other in pairs) >= LEAST


def test_red_and_green_are_alike_to_who_sees_no_green() -> None:
    assert apart("#5B7F00", "#A06A00", "no green") < LEAST < apart("#5B7F00", "#A06A00", "no blue")
