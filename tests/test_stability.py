import numpy as np
import pytest

from moodtrace.stability import mix_psi, psi_by_chance, verdict


def test_equal_tables_have_an_index_of_zero() -> None:
    assert mix_psi([5, 9], [5, 9]) == 0


def test_the_index_is_that_of_the_pencil() -> None:
    first, second = np.array([60.5, 40.5]) / 101, np.array([30.5, 70.5]) / 101

    assert mix_psi([60, 40], [30, 70]) == pytest.approx(
        ((first - second) * np.log(first / second)).sum()
    )


def test_chance_is_what_two_samples_of_one_population_differ_by() -> None:
    rng = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    drawn = [mix_psi(*rng.multinomial(300, shares, size=2)) for _ in range(500)]

    assert np.mean(drawn) == pytest.approx(psi_by_chance(300, 300, 10), rel=0.1)


@pytest.mark.parametrize(
    ("index", "word"), [(0.09, "alike"), (0.1, "shifting"), (0.25, "shifting"), (0.26, "shifted")]
)
def test_the_limits_are_the_conventional_ones(index: float, word: str) -> None:
    assert verdict(index) == word
