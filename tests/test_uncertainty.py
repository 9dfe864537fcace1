import numpy as np
import pytest
from scipy.stats import binom

from moodtrace.estimates import average
from moodtrace.measures import showing
from moodtrace.timeline import Row
from moodtrace.uncertainty import over_viewers, verdict, wilson
from moodtrace.viewers import Viewer
from tests.factories import row, viewer

SIMULATIONS = 500


def test_the_interval_of_a_share_is_wilsons() -> None:
    # (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n) with p = 0.2, n = 10, z = 1.959964
    assert wilson(2, 10) == pytest.approx((0.05668, 0.50984), abs=1e-5)
    assert wilson(0, 10) == pytest.approx((0, 0.27753), abs=1e-5)
    assert wilson(0, 0) is None


def test_wilson_covers_the_truth() -> None:
    counts = np.arange(61)
    low, high = np.array([wilson(int(count), 60) for count in counts]).T
    truths = np.linspace(0.05, 0.95, 181)[:, None]
    chances = binom.pmf(counts, 60, truths)
    covered = np.sum(chances * ((low <= truths) & (truths <= high)), axis=1)

    assert np.mean(covered) == pytest.approx(0.95, abs=0.005)
    assert np.all((covered > 0.93) & (covered < 0.975))  # counts are whole: no interval is exact


def audience(rng: np.random.Generator, viewers: int, seconds: int) -> list[Row]:
    """Viewers who are each happy by a chance of their own: 0.4 on average, 0.2 to either side."""
    chances = rng.beta(2, 3, size=viewers)
    happy, sad = viewer("happy"), viewer("sad")
    shown = rng.random((seconds, viewers)) < chances
    return [
        Row(second=second, viewers=viewers, usable=viewers, people=numbered(happy, sad, smiles))
        for second, smiles in enumerate(shown)
    ]


def numbered(happy: Viewer, sad: Viewer, smiles: np.ndarray) -> tuple[Viewer, ...]:
    return tuple(
        Viewer(id=n, camera_id="front", frames=5, usable=5, showing=(happy if s else sad).showing)
        for n, s in enumerate(smiles.tolist())
    )


def test_the_bootstrap_over_viewers_covers_the_truth_and_one_over_seconds_would_not() -> None:
    rng = np.random.default_rng(1)
    covered, covered_by_seconds = [], []
    for _ in range(SIMULATIONS):
        rows = audience(rng, viewers=100, seconds=5)
        found = average(rows, showing("happy"), k=1)
        assert found and found.low is not None and found.high is not None
        covered.append(found.low <= 0.4 <= found.high)
        naive = wilson(round(found.value * 500), 500)
        assert naive
        covered_by_seconds.append(naive.low <= 0.4 <= naive.high)

    assert 0.93 <= np.mean(covered) <= 0.97
    assert np.mean(covered_by_seconds) < 0.9


def test_audiences_without_the_figure_are_left_out_of_its_interval() -> None:
    def statistic(draws: np.ndarray) -> np.ndarray:
        return np.where(draws[:, 0] > 0, 0.5, np.nan)

    assert over_viewers(statistic, 2) == (0.5, 0.5)
    assert over_viewers(statistic, 1) is None


def test_a_wider_audience_makes_a_narrower_interval() -> None:
    few = average([row(0, *[viewer("happy"), viewer("sad")] * 5)], showing("happy"), k=1)
    many = average([row(0, *[viewer("happy"), viewer("sad")] * 50)], showing("happy"), k=1)

    assert few and few.low and many and many.low
    assert few.value == many.value == 0.5
    assert few.low < many.low < 0.5


@pytest.mark.parametrize(
    ("viewers", "word"),
    [
        *((0, "exploratory"), (29, "exploratory"), (30, "directional"), (74, "directional")),
        *((75, "reportable"), (149, "reportable"), (150, "norm grade")),
    ],
)
def test_the_verdict_follows_the_number_of_viewers(viewers: int, word: str) -> None:
    assert verdict(viewers) == word
