"""Faces whose age is read again and again."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moodtrace.ages import UNREAD, Ages, with_second
from moodtrace.messages import Face
from moodtrace.rounding import shared_out
from tests.factories import face

BANDS = 8


def read(tenths: int, band: int = 3) -> Face:
    """A face read wholly into one band."""
    return face(age=tuple(1000 * (n == band) for n in range(BANDS)), age_tenths=tenths)


def seconds(*each: list[int]) -> Ages:
    ages = UNREAD
    for tenths in each:
        ages = with_second(ages, [read(age) for age in tenths])
    return ages


def test_the_mean_over_seconds_comes_with_its_spread() -> None:
    ages = seconds([290, 300, 310], [320], [340])

    assert (ages.mean_tenths, ages.spread_tenths) == (320, 16)  # of 300, 320 and 340
    assert (seconds([300]).mean_tenths, seconds([300]).spread_tenths) == (300, 0)


def test_one_absurd_frame_in_a_second_moves_nothing() -> None:
    steady = [300, 300, 300, 300]
    absurd = [read(age) for age in steady] + [read(980, band=7)]
    ages = with_second(seconds(steady), absurd)

    assert (ages.mean_tenths, ages.spread_tenths) == (300, 0)
    assert ages.membership == (0, 0, 0, 1000, 0, 0, 0, 0)


def test_a_second_weighs_the_same_at_any_frame_rate() -> None:
    fast, slow = seconds([300] * 25, [400] * 2), seconds([300] * 5, [400] * 25)

    assert fast == slow
    assert fast.mean_tenths == 350


def test_membership_follows_the_frames_in_the_middle() -> None:
    ages = with_second(UNREAD, [read(170, band=1), read(190, band=2), read(210, band=2)])
    halves = with_second(UNREAD, [read(170, band=1), read(190, band=2)])

    assert ages.membership == (0, 0, 1000, 0, 0, 0, 0, 0)
    assert halves.membership == (0, 500, 500, 0, 0, 0, 0, 0)


def test_what_was_never_read_is_unknown() -> None:
    unread = with_second(UNREAD, [face(), face(excluded="too_small")])

    assert unread == UNREAD
    assert (unread.mean_tenths, unread.spread_tenths, unread.membership) == (None, None, ())


faces = st.builds(
    lambda tenths, parts: face(age=shared_out(parts, 1000), age_tenths=tenths),
    st.integers(0, 1000),
    st.lists(st.integers(0, 9), min_size=BANDS, max_size=BANDS).filter(any),
)
many = st.lists(st.lists(faces, max_size=7), max_size=5)


@settings(deadline=None)
@given(many, st.randoms())
def test_order_changes_nothing_and_membership_is_a_thousand_in_all(
    each: list[list[Face]], rng: random.Random
) -> None:
    ages = shuffled = UNREAD
    for second in each:
        ages = with_second(ages, second)
        shuffled = with_second(shuffled, rng.sample(second, len(second)))

    assert shuffled == ages
    assert sum(ages.membership) == (1000 if any(each) else 0)


@settings(deadline=None)
@given(st.lists(st.integers(100, 900), min_size=3, max_size=25), st.integers(0, 1000))
def test_no_single_frame_takes_a_second_out_of_the_range_of_the_others(
    tenths: list[int], absurd: int
) -> None:
    mean = seconds([*tenths, absurd]).mean_tenths

    assert mean is not None
    assert min(tenths) <= mean <= max(tenths)


@pytest.mark.parametrize("ages", [[0], [1000] * 500, [0, 1000] * 250])
def test_long_screenings_stay_exact(ages: list[int]) -> None:
    found = seconds(*([age] for age in ages))

    assert found.mean_tenths == round(sum(ages) / len(ages))
    assert found.spread_tenths == (500 if len(set(ages)) == 2 else 0)
