"""A network that answers otherwise is told from one that does not, and from halls that differ."""

import numpy as np
import numpy.typing as npt
import pytest
from msgspec.structs import replace

from moodtrace.drift import BINS, LEAST, Drift, Profile, drift, profile
from moodtrace.messages import Quality
from moodtrace.timeline import Row, gap
from moodtrace.viewers import Viewer
from tests.factories import row, viewer

Floats = npt.NDArray[np.float64]

FINE = Quality(size_px=64, sharpness=310, brightness=120, contrast=300, cut=0, occlusion=0)


def sure(score: int) -> Viewer:
    return replace(viewer("happy", quality=FINE), emotion=(score,) + ((1000 - score) // 6,) * 6)


def hall(seed: int, *, sure_of: float = 0.65, light: int = 120, count: int = 60) -> Profile:
    """A screening whose viewers keep their confidence, more or less, over three seconds."""
    rng = np.random.default_rng(seed)
    own = rng.normal(sure_of + rng.normal(0, 0.02), 0.12, count)
    dark = replace(FINE, brightness=light + int(rng.integers(-5, 6)))
    rows = [
        row(t, *(replace(sure(int(1000 * np.clip(s, 0.2, 0.98))), quality=dark) for s in own))
        for t in range(3)
    ]
    return profile(rows, 5)


def against(found: Profile, count: int = 20) -> Drift:
    return drift(found, [hall(seed) for seed in range(100, 100 + count)])


def test_a_viewer_counts_once_however_long_it_was_seen() -> None:
    long, short = sure(650), sure(350)
    found = profile([row(0, long, short), row(1, long), row(2, replace(long, emotion=()))], 1)

    counts = dict(zip(("abstained", *BINS["confidence"]), found.counts["confidence"], strict=True))
    assert counts[0.3] == 1
    assert counts[0.6] == pytest.approx(2 / 3, abs=1e-5)
    assert counts["abstained"] == pytest.approx(1 / 3, abs=1e-5)
    assert sum(found.counts["size_px"]) == pytest.approx(2)
    assert "yaw" not in found.counts


def test_what_may_not_be_shown_and_who_was_not_scored_count_for_nothing() -> None:
    lost = viewer(excluded="too_dark")
    assert profile([gap(0, "no_frames"), row(1, sure(650), lost)], 5) == Profile({})
    assert profile([row(0, lost)], 1) == Profile({})


@pytest.mark.parametrize("count", [0, LEAST - 1])
def test_few_screenings_are_no_reference(count: int) -> None:
    found = against(hall(1), count)
    assert (found.missing, found.shifts, found.confidence) == (LEAST - count, [], None)


def test_the_same_again_is_alike() -> None:
    found = against(hall(1)).confidence
    assert found is not None
    assert found.verdict == "alike"
    assert found.screenings == 20


def test_a_network_that_is_less_sure_has_shifted() -> None:
    found = against(hall(1, sure_of=0.45)).confidence
    assert found is not None
    assert (found.verdict, found.is_usual) == ("shifted", False)


def test_a_darker_hall_is_told_from_a_network_that_is_less_sure() -> None:
    found = {shift.name: shift for shift in against(hall(1, light=40)).shifts}
    assert found["confidence"].verdict == "alike"
    assert found["brightness"].verdict == "shifted"
    assert not found["brightness"].is_usual
    assert "yaw" not in found


def test_where_halls_differ_anyway_one_more_is_usual() -> None:
    past = [hall(seed, sure_of=0.4 + 0.03 * (seed % 15)) for seed in range(30)]
    found = drift(hall(99, sure_of=0.42), past).confidence
    assert found is not None
    assert found.verdict == "shifted"
    assert found.is_usual


def drawn(rng: np.random.Generator, own: Floats) -> Profile:
    """A screening of 8 to 80 viewers, of a hall like the others, more or less."""
    counts = rng.multinomial(rng.integers(8, 80), rng.dirichlet(own))
    return Profile({"confidence": tuple(map(float, counts))})


def test_false_alarms_are_few_however_much_halls_differ() -> None:
    rng = np.random.default_rng(5)
    for alike in (20.0, 200.0, 2000.0):
        own = alike * rng.dirichlet(np.full(9, 3.0))
        alarms = 0
        for _ in range(100):
            *past, newest = (drawn(rng, own) for _ in range(21))
            found = drift(newest, past).confidence
            assert found is not None
            alarms += found.verdict != "alike" and not found.is_usual
        assert alarms <= 16  # 2 of 21 are as far out as allowed; 10 of 100, and chance


def rows_of(scores: list[int]) -> list[Row]:
    return [row(0, *map(sure, scores))]


def test_an_audience_of_one_kind_is_not_far_from_itself() -> None:
    past = [profile(rows_of([650] * 8), 5) for _ in range(LEAST)]
    found = drift(profile(rows_of([650] * 8), 5), past).confidence
    assert found is not None
    assert (found.beyond_chance, found.verdict) == (0, "alike")
