import itertools
import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sampling import MAX_JUMP_S, Playhead, Sampler

FRAME_S = Fraction(1, 25)


def placed(
    pts_s: Sequence[Fraction | None], start_s: Fraction | None = Fraction(0), offset_ms: int = 0
) -> list[Fraction]:
    playhead = Playhead(start_s, FRAME_S, offset_ms)
    return [playhead.place(pts).time_s for pts in pts_s]


def kept(times_s: Sequence[Fraction], fps: float) -> list[int]:
    sampler = Sampler(fps)
    times_ms = [sampler.keep(time_s) for time_s in times_s]
    return [time_ms for time_ms in times_ms if time_ms is not None]


def steady(fps: Fraction, seconds: int) -> list[Fraction]:
    return [number / fps for number in range(math.floor(fps * seconds))]


timestamps = st.lists(
    st.none() | st.fractions(min_value=-10, max_value=10**6, max_denominator=90000), max_size=60
)
bursts = st.lists(st.integers(min_value=1, max_value=60), min_size=1, max_size=8)
"""Frames in each second of a recording with a variable rate."""


@given(timestamps, st.none() | st.just(Fraction(0)), st.integers(-5000, 5000))
def test_times_increase_whatever_the_timestamps(
    pts_s: list[Fraction | None], start_s: Fraction | None, offset_ms: int
) -> None:
    times_s = placed(pts_s, start_s, offset_ms)
    assert all(earlier < later for earlier, later in itertools.pairwise(times_s))


@given(timestamps, st.sampled_from([0.5, 1.0, 5.0, 7.5, 29.97, 60.0]))
def test_kept_times_increase_and_never_exceed_the_rate(
    pts_s: list[Fraction | None], fps: float
) -> None:
    times_ms = kept(placed(pts_s), fps)
    assert times_ms == sorted(set(times_ms))
    assert all(time_ms >= 0 for time_ms in times_ms)
    assert max(Counter(ms // 1000 for ms in times_ms).values(), default=0) <= math.ceil(fps)


@given(bursts, st.sampled_from([1, 5, 10, 25]))
def test_every_second_with_enough_frames_gives_exactly_the_rate(rates: list[int], fps: int) -> None:
    times_s = [
        second + Fraction(number, rate)
        for second, rate in enumerate(rates)
        for number in range(rate)
    ]
    per_second = Counter(time_ms // 1000 for time_ms in kept(times_s, fps))
    for second, rate in enumerate(rates):
        assert per_second[second] <= fps
        if rate >= 2 * fps or rate == fps:
            assert per_second[second] == fps


@pytest.mark.parametrize(
    ("source_fps", "fps"), [(Fraction(30), 30), (Fraction(60), 60), (Fraction(24), 24)]
)
def test_times_rounded_to_milliseconds_lose_no_frame(source_fps: Fraction, fps: int) -> None:
    rounded = [Fraction(round(time_s * 1000), 1000) for time_s in steady(source_fps, 5)]
    assert len(kept(rounded, fps)) == 5 * fps


def test_television_rates_are_sampled_at_the_rate_asked_for() -> None:
    times_ms = kept(steady(Fraction(30000, 1001), 60), 5)
    assert set(Counter(time_ms // 1000 for time_ms in times_ms).values()) == {5}


def test_a_slow_source_gives_all_its_frames() -> None:
    assert kept(steady(Fraction(2), 3), 5) == [0, 500, 1000, 1500, 2000, 2500]


def test_missing_timestamps_continue_at_the_nominal_rate() -> None:
    assert placed([None] * 4) == [0, FRAME_S, 2 * FRAME_S, 3 * FRAME_S]


def test_after_a_missing_timestamp_the_real_ones_hold_again() -> None:
    true = [Fraction(number, 30) for number in range(30)]
    assert placed([*true[:3], None, *true[4:]])[-1] == true[-1]


def test_repeated_timestamps_do_not_stretch_time() -> None:
    twice = [time_s for time_s in steady(Fraction(25), 10) for _ in range(2)]
    assert placed(twice)[-2] == twice[-2]


def test_files_joined_together_go_on_where_the_first_one_ends() -> None:
    part = steady(Fraction(25), 10)
    assert placed([*part, *part]) == steady(Fraction(25), 20)


def test_the_first_frame_is_time_zero_if_the_stream_has_no_start() -> None:
    assert placed([Fraction(7), Fraction(8)], start_s=None, offset_ms=500) == [
        Fraction(1, 2),
        Fraction(3, 2),
    ]


def test_frames_before_the_playhead_begins_are_not_kept() -> None:
    times_s = placed(steady(Fraction(25), 2), offset_ms=-1000)
    assert kept(times_s, 5) == [0, 200, 400, 600, 800]


def test_a_jump_ahead_of_more_than_a_day_is_not_believed() -> None:
    playhead = Playhead(Fraction(0), FRAME_S, 0)
    playhead.place(Fraction(0))
    refused = playhead.place(FRAME_S + MAX_JUMP_S + 1)
    assert refused == (FRAME_S, False)
    assert playhead.place(2 * FRAME_S) == (2 * FRAME_S, True)
