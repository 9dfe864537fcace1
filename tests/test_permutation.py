import numpy as np
import pytest
from scipy.stats import binom

from moodtrace.detectable import least_lift
from moodtrace.permutation import cluster_test
from tests.simulated import FLICKER, JOY, viewers

ALPHA = 0.05


def belongs(first: int, second: int) -> np.ndarray:
    return np.repeat([False, True], [first, second])


def found_by_chance(simulations: int, seconds: int, permutations: int, seed: int) -> int:
    """Compare audiences that don't differ, two emotions each; count those found to."""
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(simulations):
        emotions = [viewers(rng, 150, seconds, share=share) for share in (0.05, 0.2)]
        tested = cluster_test(np.array(emotions), belongs(75, 75), permutations)
        found += any(cluster.p <= ALPHA for cluster in tested.clusters)
    return found


def found_lifts(
    simulations: int,
    *,
    share: float,
    lasts: int,
    persistence: float,
    lift: float = 0.08,
    permutations: int = 1000,
) -> float:
    """Return how often a lift in the middle of 60 s is found, with 75 viewers in each audience."""
    rng = np.random.default_rng(7)
    start = (60 - lasts) // 2
    lifted = range(start, start + lasts)
    found = 0
    for _ in range(simulations):
        one = viewers(rng, 75, 60, share=share, persistence=persistence)
        other = viewers(rng, 75, 60, share=share, persistence=persistence, lift=lift, lifted=lifted)
        tested = cluster_test(np.vstack([one, other])[None], belongs(75, 75), permutations)
        likely = [cluster for cluster in tested.clusters if cluster.p <= ALPHA]
        found += any(c.start < lifted.stop and c.end > lifted.start for c in likely)
    return found / simulations


def most_by_chance(simulations: int) -> int:
    """Return how many false positives 99 of 100 tests at 5 % stay under."""
    return int(binom.ppf(0.99, simulations, ALPHA))


def test_audiences_that_do_not_differ_are_rarely_told_apart() -> None:
    assert found_by_chance(200, seconds=30, permutations=199, seed=1) <= most_by_chance(200)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_in_a_thousand_audiences_that_do_not_differ_one_in_twenty_is_told_apart() -> None:
    found = found_by_chance(1000, seconds=120, permutations=1000, seed=2)

    print(f"false positives: {found} of 1000")
    assert found <= most_by_chance(1000)


def test_a_lift_of_eight_points_is_found() -> None:
    assert found_lifts(60, share=0.02, lasts=60, persistence=JOY, permutations=199) >= 0.8


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("share", "lasts", "persistence", "power"),
    [
        (0.02, 60, JOY, 0.8),
        (0.02, 30, FLICKER, 0.8),
        (0.02, 30, JOY, 0.7),
        (0.05, 60, FLICKER, 0.8),
        (0.05, 60, JOY, 0.6),
        (0.02, 15, FLICKER, 0.7),
        (0.05, 10, JOY, 0.0),
        (0.10, 60, JOY, 0.0),
    ],
)
def test_how_often_a_lift_of_eight_points_is_found(
    share: float, lasts: int, persistence: float, power: float
) -> None:
    found = found_lifts(400, share=share, lasts=lasts, persistence=persistence)

    print(f"power: {found:.2f} from {share:.0%}, {lasts} s, persistence {persistence}")
    assert found >= power


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("persistence", [JOY, FLICKER])
def test_the_least_lift_is_found_four_times_out_of_five(persistence: float) -> None:
    rng = np.random.default_rng(3)
    said = []
    for _ in range(20):
        values = viewers(rng, 150, 60, share=0.05, persistence=persistence)
        tested = cluster_test(values[None], belongs(75, 75))
        said.append(least_lift(values, belongs(75, 75), 10, tested.least(ALPHA)) or 1.0)
    lift = float(np.median(said))

    power = found_lifts(400, share=0.05, lasts=10, persistence=persistence, lift=lift)

    print(f"a lift of {lift:.2f} for 10 s, persistence {persistence}: {power:.2f}")
    assert 0.7 <= power <= 0.9
