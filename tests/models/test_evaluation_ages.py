"""Ages are judged in years and in bands, for all and for each group."""

import numpy as np
import pytest

from models.datasets.images import ArraySource
from models.evaluation import ages as aging
from models.evaluation.examples import Examples
from models.evaluation.report import Judged, age_report

AGES = np.array([10, 20, 30, 40])


def test_every_year_falls_into_the_band_that_names_it() -> None:
    years = np.array([0, 12, 13, 17, 18, 24, 25, 34, 35, 44, 45, 54, 55, 64, 65, 116])

    found = [aging.BANDS[band] for band in aging.band_of(years)]

    assert found == [band for band in aging.BANDS for _ in range(2)]


def test_a_distribution_gives_its_mean_and_its_bands() -> None:
    scores = np.zeros((1, 101))
    scores[0, [10, 20]] = 0.25, 0.75

    assert aging.mean_years(scores) == pytest.approx([17.5])
    assert aging.band_scores(scores)[0, :3].tolist() == [0.25, 0, 0.75]


def test_errors_are_those_of_the_pencil() -> None:
    estimates = np.array([12.0, 16.0, 30.0, 50.0])

    found = aging.errors(AGES, estimates, aging.band_of(estimates))

    assert found == {"n": 4, "mae": (2 + 4 + 0 + 10) / 4, "band_accuracy": 0.5}
    assert aging.errors(AGES[:0], estimates[:0], AGES[:0])["mae"] is None


def test_the_interval_holds_the_mean_error() -> None:
    rng = np.random.default_rng(6)
    ages = rng.integers(0, 90, 400)
    estimates = ages + rng.normal(0, 5, 400)

    found = aging.error_intervals(ages, estimates, aging.band_of(estimates), rng)

    mae = np.abs(ages - estimates).mean()
    assert found["mae"][0] < mae < found["mae"][1]
    assert found["mae"][1] - found["mae"][0] < 1


def test_groups_come_worst_first_and_small_ones_are_not_called_the_worst() -> None:
    ages = np.repeat([30, 40, 70], [40, 40, 2])
    estimates = np.where(ages == 70, 40.0, np.where(ages == 40, 46.0, 31.0))

    rows = aging.by_group(ages, estimates, aging.band_of(estimates), {"race": np.arange(82) % 2})

    assert (rows[0]["group"], rows[0]["value"], rows[0]["n"]) == ("age band", "65+", 2)
    assert {row["group"] for row in rows} == {"age band", "race"}
    worst = aging.worst(rows)
    assert worst is not None
    assert (worst["value"], worst["mae"]) == ("35-44", 6)


def test_adults_and_minors_are_reported_apart() -> None:
    ages = np.array([5, 15, 30, 60])
    scores = np.zeros((4, 101))
    scores[np.arange(4), [7, 19, 30, 61]] = 1
    pictures = ArraySource(np.zeros((4, 8, 8), np.uint8))
    examples = Examples(pictures, np.arange(4), ages, 0, {"gender": np.array([0, 1, 0, 1])})

    content = age_report(Judged(examples, scores, np.empty(0, np.int64))).content

    assert content["mae"] == pytest.approx((2 + 4 + 0 + 1) / 4)
    assert content["minors"] == {"n": 2, "mae": 3, "band_accuracy": 0.5}
    assert content["adults"] == {"n": 2, "mae": 0.5, "band_accuracy": 1}
    assert content["confusion"]["counts"][1][2] == 1
    assert content["worst_group"] is None
