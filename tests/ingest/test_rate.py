"""Promises A6 and A10: as many frames as asked for, evenly, from sources of any rate."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from ingest.rate import Pace, TokenBucket


def kept(times_ms: Sequence[int], fps: float) -> list[int]:
    pace = Pace(fps)
    return [time_ms for time_ms in times_ms if pace.keep(time_ms)]


def per_second(times_ms: Sequence[int]) -> Counter[int]:
    return Counter(time_ms // 1000 for time_ms in times_ms)


@pytest.mark.parametrize("source_fps", [5, 6.5, 12.5, 23.976, 25, 29.97, 30, 59.94, 240])
@pytest.mark.parametrize("fps", [1, 5, 4.5])
def test_every_second_has_the_frames_asked_for(source_fps: float, fps: float) -> None:
    times_ms = [int(number * 1000 / source_fps) for number in range(int(source_fps * 60))]
    counts = per_second(kept(times_ms, fps))
    assert all(abs(counts[second] - fps) <= 1 for second in range(58))
    assert sum(counts.values()) == pytest.approx(fps * 60, abs=2)


def test_a_source_of_just_the_rate_loses_nothing_to_jitter() -> None:
    rng = np.random.default_rng(1)
    times_ms = [int(number * 200 + rng.uniform(0, 45)) for number in range(500)]
    assert kept(times_ms, 5) == times_ms


def test_bursts_and_pauses_never_give_more_than_asked_for() -> None:
    cycle_ms = [16] * 250 + [1000] * 3 + [33] * 120 + [4000]
    times_ms = np.cumsum(cycle_ms * 10).tolist()
    counts, given = per_second(kept(times_ms, 5)), per_second(times_ms)
    dense = [second for second, count in given.items() if count >= 25]
    assert len(dense) > 50
    assert max(counts.values()) <= 6
    assert min(counts[second] for second in dense) >= 4


def test_a_slower_source_is_kept_whole() -> None:
    times_ms = list(range(0, 60_000, 1000))
    assert kept(times_ms, 5) == times_ms


def test_a_bucket_lets_its_rate_through_and_a_second_at_once() -> None:
    bucket = TokenBucket(120)
    burst = [bucket.take(0.0) for _ in range(300)]
    assert sum(burst) == 120
    steady = [bucket.take(number / 240) for number in range(1, 240 * 60)]
    assert sum(steady) == pytest.approx(120 * 60, rel=0.01)


def test_a_bucket_of_less_than_one_frame_a_second_still_gives_one() -> None:
    bucket = TokenBucket(0.2)
    assert [bucket.take(second) for second in range(11)].count(True) == 3
