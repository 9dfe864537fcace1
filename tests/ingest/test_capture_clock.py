"""Promise A5: times only rise, and are right but for a frame interval and 20 ms under drift."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.capture_clock import LONGEST_WAY_MS, CaptureClock, CaptureTime

START_MS = 1_790_000_000_000.0
RTP_WRAP_MS = 2**32 / 90


@dataclass(frozen=True)
class Picture:
    """What really happened to a picture, and what is known of it."""

    taken_ms: float
    arrival_ms: float
    pts_ms: float | None = None
    camera_ms: float | None = None


def stream(
    *,
    seconds: float,
    fps: float = 25,
    way_ms: float = 60,
    jitter_ms: float = 30,
    drift_ppm: float = 0,
    camera_off_ms: float = 0,
    reports_from_s: float = 0,
    seed: int = 0,
) -> list[Picture]:
    """A camera whose quartz drifts, over a network that holds pictures up, but in order."""
    rng = np.random.default_rng(seed)
    pictures: list[Picture] = []
    arrival_ms = 0.0
    for number in range(int(seconds * fps)):
        real_ms = number * 1000 / fps
        quartz_ms = real_ms * (1 + drift_ppm / 1e6)
        arrival_ms = max(arrival_ms, START_MS + real_ms + way_ms + rng.uniform(0, jitter_ms))
        reported = real_ms >= reports_from_s * 1000
        pictures.append(
            Picture(
                START_MS + real_ms,
                arrival_ms,
                pts_ms=quartz_ms,
                camera_ms=START_MS + quartz_ms + camera_off_ms if reported else None,
            )
        )
    return pictures


def stamped(pictures: Sequence[Picture]) -> list[CaptureTime]:
    clock = CaptureClock()
    return [
        clock.stamp(picture.arrival_ms, pts_ms=picture.pts_ms, camera_ms=picture.camera_ms)
        for picture in pictures
    ]


def errors_ms(pictures: Sequence[Picture], way_ms: float = 0) -> list[float]:
    """By how much each picture is stamped later than it was taken, and than its way explains."""
    return [
        time.capture_ms - picture.taken_ms - way_ms
        for picture, time in zip(pictures, stamped(pictures), strict=True)
    ]


def rises(times: Sequence[CaptureTime]) -> bool:
    return all(before.capture_ms < time.capture_ms for before, time in pairwise(times))


@settings(max_examples=15, deadline=None)
@given(
    drift_ppm=st.floats(-200, 200),
    fps=st.sampled_from([5, 12.5, 25, 30]),
    jitter_ms=st.floats(0, 60),
    seed=st.integers(0, 2**16),
)
def test_a_camera_whose_clock_is_right_is_believed_whatever_its_drift(
    drift_ppm: float, fps: float, jitter_ms: float, seed: int
) -> None:
    pictures = stream(seconds=600, fps=fps, jitter_ms=jitter_ms, drift_ppm=drift_ppm, seed=seed)
    assert max(map(abs, errors_ms(pictures))) <= 1000 / fps + 20
    assert rises(stamped(pictures))


@settings(max_examples=15, deadline=None)
@given(
    drift_ppm=st.floats(-200, 200),
    camera_off_ms=st.sampled_from([-3_600_000.0, 3_600_000.0, -START_MS, 5_000.0]),
    seed=st.integers(0, 2**16),
)
def test_a_camera_whose_clock_is_wrong_gets_the_times_of_arrival_evened_out(
    drift_ppm: float, camera_off_ms: float, seed: int
) -> None:
    pictures = stream(seconds=600, drift_ppm=drift_ppm, camera_off_ms=camera_off_ms, seed=seed)
    assert max(map(abs, errors_ms(pictures, way_ms=60))) <= 1000 / 25 + 20
    assert rises(stamped(pictures))


@given(drift_ppm=st.floats(-200, 200), seed=st.integers(0, 2**16))
@settings(max_examples=10, deadline=None)
def test_without_reports_the_streams_own_times_even_out_arrival(
    drift_ppm: float, seed: int
) -> None:
    pictures = stream(seconds=600, drift_ppm=drift_ppm, reports_from_s=math.inf, seed=seed)
    assert max(map(abs, errors_ms(pictures, way_ms=60))) <= 1000 / 25 + 20
    assert {time.clock for time in stamped(pictures)} == {"arrival"}


@pytest.mark.parametrize(
    "jump_ms", [3_600_000, -3_600_000, 600, -600, -RTP_WRAP_MS, 30 * 365 * 86_400_000]
)
def test_a_camera_clock_that_is_set_is_told_and_moves_no_picture(jump_ms: float) -> None:
    pictures = stream(seconds=60)
    after = [replace(one, camera_ms=(one.camera_ms or 0) + jump_ms) for one in pictures[30 * 25 :]]
    pictures = pictures[: 30 * 25] + after
    times = stamped(pictures)
    assert [round(time.jump_ms, -2) for time in times if time.jump_ms] == [round(jump_ms, -2)]
    assert max(map(abs, errors_ms(pictures))) <= 1000 / 25 + 20
    assert rises(times)


def test_timestamps_of_the_stream_that_begin_anew_move_no_picture() -> None:
    pictures = stream(seconds=60, reports_from_s=math.inf)
    after = [replace(one, pts_ms=(one.pts_ms or 0) - 30_000) for one in pictures[30 * 25 :]]
    pictures = pictures[: 30 * 25] + after
    assert max(map(abs, errors_ms(pictures, way_ms=60))) <= 1000 / 25 + 20
    assert rises(stamped(pictures))


def test_a_network_that_holds_everything_up_for_two_seconds_is_not_a_jump() -> None:
    pictures = stream(seconds=60)
    held_until_ms = START_MS + 32_000
    pictures = [
        Picture(
            one.taken_ms,
            max(one.arrival_ms, held_until_ms)
            if one.taken_ms >= START_MS + 30_000
            else one.arrival_ms,
            one.pts_ms,
            one.camera_ms,
        )
        for one in pictures
    ]
    assert not any(time.jump_ms for time in stamped(pictures))
    assert max(map(abs, errors_ms(pictures))) <= 1000 / 25 + 20


def test_pictures_without_any_time_of_their_own_get_that_of_their_arrival() -> None:
    pictures = [Picture(one.taken_ms, one.arrival_ms) for one in stream(seconds=10)]
    for picture, time in zip(pictures, stamped(pictures), strict=True):
        assert 0 <= time.capture_ms - int(picture.arrival_ms) <= 1


def test_a_picture_without_times_stands_between_its_neighbours() -> None:
    pictures = stream(seconds=60, jitter_ms=10)
    pictures[1000] = replace(pictures[1000], pts_ms=None, camera_ms=None)
    times = stamped(pictures)
    assert times[999].capture_ms < times[1000].capture_ms < times[1001].capture_ms


def test_the_first_report_changes_from_arrival_to_the_time_of_capture() -> None:
    times = stamped(stream(seconds=10, reports_from_s=5, way_ms=300))
    assert [time.clock for time in times] == ["arrival"] * 125 + ["rtcp"] * 125
    assert rises(times)


def test_a_camera_that_is_late_for_longer_than_any_way_is_not_believed() -> None:
    pictures = stream(seconds=60, camera_off_ms=-LONGEST_WAY_MS - 1000)
    assert max(map(abs, errors_ms(pictures, way_ms=60))) <= 1000 / 25 + 20


absurd_ms = st.none() | st.floats(-1e18, 1e18) | st.sampled_from([-(2.0**63) / 90, 0.0])


@st.composite
def hostile(draw: st.DrawFn) -> list[Picture]:
    waits_ms = draw(st.lists(st.floats(0, 5_000), min_size=1, max_size=200))
    arrivals_ms = np.cumsum([START_MS, *waits_ms])[1:].tolist()
    return [Picture(arrival, arrival, draw(absurd_ms), draw(absurd_ms)) for arrival in arrivals_ms]


@given(hostile())
@settings(max_examples=200, deadline=None)
def test_whatever_a_camera_says_times_rise_and_stay_near_arrival(pictures: list[Picture]) -> None:
    times = stamped(pictures)
    assert rises(times)
    for count, (picture, time) in enumerate(zip(pictures, times, strict=True)):
        # Never ahead but by one ms for each picture before it; never further back than a stall.
        assert time.capture_ms <= picture.arrival_ms + count + 1
        assert time.capture_ms >= picture.arrival_ms - 10_000 - LONGEST_WAY_MS - 1
