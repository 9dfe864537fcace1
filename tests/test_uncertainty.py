from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.stats import binom

from moodtrace.estimates import Estimate, average, change, level, proportion
from moodtrace.measures import showing, valence
from moodtrace.metrics import once
from moodtrace.reach import reach
from moodtrace.timeline import Row
from moodtrace.uncertainty import over_viewers, verdict, wilson
from moodtrace.viewers import Viewer
from tests.factories import row, viewer

SIMULATIONS = 500
SIMULATIONS_OF_A_SHARE = 5000  # quick


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


HAPPY, SAD = viewer("happy"), viewer("sad")
SECONDS = 5
MEAN_CHANCE = 0.4
NEVER = 3 * 4 * 5 * 6 * 7 / (5 * 6 * 7 * 8 * 9)
"""Mean of (1 - chance) to the power of the seconds: who is happy in none of them."""


def audience(rng: np.random.Generator, viewers: int, seconds: int = SECONDS) -> list[Row]:
    """Viewers who are each happy by a chance of their own: 0.4 on average, 0.2 to either side.

    In as many seconds after, the chances are 0.5 on average: happier by 0.1.
    """
    chances = rng.beta(2, 3, size=viewers)
    both = np.repeat([chances, 0.3 + chances / 2], seconds, axis=0)
    return [
        Row(second=second, viewers=viewers, usable=viewers, people=numbered(smiles))
        for second, smiles in enumerate(rng.random(both.shape) < both)
    ]


def numbered(smiles: np.ndarray) -> tuple[Viewer, ...]:
    return tuple(replace(HAPPY if s else SAD, id=n) for n, s in enumerate(smiles.tolist()))


def happier(rows: list[Row]) -> Estimate | None:
    return change(rows[:SECONDS], rows[SECONDS:], showing("happy"), k=1)


def share_of(rows: list[Row]) -> Estimate | None:
    return proportion(once(rows, showing("happy"), k=1), k=1)


def valence_of(seen: Viewer) -> float:
    found = valence(seen)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("figure", "truth", "simulations"),
    [
        (lambda rows: average(rows[:SECONDS], showing("happy"), k=1), MEAN_CHANCE, SIMULATIONS),
        (
            lambda rows: level(rows[:SECONDS], valence, k=1),
            MEAN_CHANCE * valence_of(HAPPY) + (1 - MEAN_CHANCE) * valence_of(SAD),
            SIMULATIONS,
        ),
        (happier, 0.1, SIMULATIONS),
        (lambda rows: share_of(rows[:SECONDS]), 1 - NEVER, SIMULATIONS_OF_A_SHARE),
        (lambda rows: share_of(rows[:1]), MEAN_CHANCE, SIMULATIONS_OF_A_SHARE),
    ],
    ids=["average", "valence", "change", "ever", "one second"],
)
def test_of_a_hundred_intervals_ninety_five_hold_the_truth(
    figure: Callable[[list[Row]], Estimate | None], truth: float, simulations: int
) -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(simulations):
        found = figure(audience(rng, viewers=100))
        assert found and found.low is not None and found.high is not None
        covered.append(found.low <= truth <= found.high)

    assert 0.93 <= np.mean(covered) <= 0.97


def test_five_viewers_have_intervals_as_wide_as_they_must_be() -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(SIMULATIONS):
        found = average(audience(rng, viewers=5)[:SECONDS], showing("happy"), k=1)
        assert found and found.low is not None and found.high is not None
        covered.append(found.low <= MEAN_CHANCE <= found.high)

    assert np.mean(covered) >= 0.9


@pytest.mark.parametrize("shown", [HAPPY, SAD])
def test_viewers_who_all_do_the_same_are_not_certain_of_the_next(shown: Viewer) -> None:
    rows = [row(second, *[shown] * 9) for second in range(SECONDS)]
    found = average(rows, showing("happy"), k=1)

    assert found
    assert (found.low, found.high) == pytest.approx(wilson(9 if shown is HAPPY else 0, 9))


def test_one_smile_more_hardly_moves_an_interval() -> None:
    still = [row(second, *[SAD] * 9) for second in range(60)]
    one_smile = [row(0, HAPPY, *[SAD] * 8), *still[1:]]
    before, after = (average(rows, showing("happy"), k=1) for rows in (still, one_smile))

    assert before and before.high and after and after.high
    assert before.high < after.high < before.high + 0.01


def test_attention_of_all_is_not_certain_of_the_next() -> None:
    rows = [row(second, *[replace(HAPPY, attending=True)] * 9) for second in range(SECONDS)]
    found = reach(rows, k=1).attraction

    assert found and (found.low, found.high) == pytest.approx(wilson(9, 9))


def test_valence_is_no_share() -> None:
    neutral = replace(HAPPY, emotion=(0,) * len(HAPPY.emotion))
    found = level([row(0, *[neutral] * 9)], valence, k=1)

    assert found == Estimate(0.0, 0.0, 0.0, 9)


def test_seconds_counted_as_if_they_were_people_would_not_hold_it() -> None:
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(SIMULATIONS):
        rows = audience(rng, viewers=100)[:SECONDS]
        smiles = sum(viewer.showing == HAPPY.showing for row in rows for viewer in row.people)
        naive = wilson(smiles, 100 * SECONDS)
        assert naive
        covered.append(naive.low <= MEAN_CHANCE <= naive.high)

    assert np.mean(covered) < 0.9


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
