"""Confidence is compared with accuracy, and one temperature brings them together."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import softmax

from models.evaluation.calibration import cross_scaled, fitted_temperature, reliability, scaled

Floats = npt.NDArray[np.float64]


def made(sharpness: float, count: int = 4000) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Scores of which the labels were drawn, then sharpened: overconfident above 1."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 1.5, (count, 7))
    chances = softmax(logits, axis=1)
    labels = np.array([rng.choice(7, p=row) for row in chances])
    return softmax(sharpness * logits, axis=1), labels


def test_the_calibration_error_is_that_of_the_pencil() -> None:
    scores = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])

    found = reliability(scores, np.array([0, 1, 0, 0]), bins=10)

    assert found.confidence.tolist() == pytest.approx([0.6, 0.9])
    assert found.accuracy.tolist() == [1, 0.5]
    assert found.counts.tolist() == [2, 2]
    assert found.ece == pytest.approx((0.4 + 0.4) / 2)


def test_a_network_that_is_sure_and_right_has_no_calibration_error() -> None:
    assert reliability(np.eye(3), np.arange(3)).ece == 0
    assert reliability(np.eye(3), (np.arange(3) + 1) % 3).ece == 1


def test_honest_scores_need_no_temperature() -> None:
    scores, labels = made(1.0)

    assert fitted_temperature(scores, labels) == pytest.approx(1, abs=0.06)
    assert reliability(scores, labels).ece < 0.03


def test_the_temperature_undoes_what_made_scores_overconfident() -> None:
    scores, labels = made(2.5)

    assert fitted_temperature(scores, labels) == pytest.approx(2.5, rel=0.06)


def test_scaling_lowers_the_calibration_error_of_overconfident_scores() -> None:
    scores, labels = made(2.5)

    before, after = (
        reliability(scores, labels),
        reliability(cross_scaled(scores, labels, 0), labels),
    )

    assert before.ece > 0.15
    assert after.ece < 0.03


def test_scaling_changes_no_answer() -> None:
    scores, _ = made(2.5, 200)

    for temperature in (0.5, 3.0):
        soft = scaled(scores, temperature)
        assert (soft.argmax(axis=1) == scores.argmax(axis=1)).all()
        assert soft.sum(axis=1) == pytest.approx(1)


def test_scores_of_zero_are_scaled_all_the_same() -> None:
    assert np.isfinite(scaled(np.eye(3), 2.0)).all()


def test_a_class_with_one_example_leaves_scores_as_they_are() -> None:
    scores, _ = made(2.5, 5)

    assert cross_scaled(scores, np.array([0, 1, 1, 1, 1]), 0) is scores
