"""Each figure equals what a person gets with a pencil, and scikit-learn's own."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from models.evaluation.abstention import risk_coverage
from models.evaluation.scores import Confusion, headline, intervals, per_class

NAMES = ("a", "b", "c")
LABELS = np.array([0, 0, 0, 0, 1, 1, 2, 2])
ANSWERS = np.array([0, 0, 0, 1, 1, 0, 2, 2])


def test_the_three_figures_are_those_of_the_pencil() -> None:
    found = headline(LABELS, ANSWERS)

    assert found.accuracy == pytest.approx(6 / 8)
    assert found.balanced_accuracy == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)
    assert found.macro_f1 == pytest.approx((3 / 4 + 1 / 2 + 1) / 3)  # precision equals recall


def test_the_three_figures_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    labels, answers = rng.integers(0, 7, 500), rng.integers(0, 7, 500)

    found = headline(labels, answers)

    assert found.accuracy == pytest.approx(accuracy_score(labels, answers))
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, answers))
    assert found.macro_f1 == pytest.approx(f1_score(labels, answers, average="macro"))


def test_a_perfect_network_scores_one() -> None:
    found = headline(LABELS, LABELS)

    assert (found.accuracy, found.balanced_accuracy, found.macro_f1) == (1, 1, 1)


def test_a_constant_network_scores_its_share_and_one_in_all_classes() -> None:
    found = headline(LABELS, np.zeros_like(LABELS))

    assert found.accuracy == pytest.approx(1 / 2)
    assert found.balanced_accuracy == pytest.approx(1 / 3)
    assert found.macro_f1 == pytest.approx((2 / 3) / 3)


def test_a_class_that_never_occurs_counts_only_where_it_is_answered() -> None:
    labels = np.array([0, 0, 1, 1])

    unseen = headline(labels, np.array([0, 0, 1, 1]))
    answered = headline(labels, np.array([0, 2, 1, 1]))

    assert unseen.macro_f1 == 1
    assert answered.balanced_accuracy == pytest.approx(3 / 4)
    assert answered.macro_f1 == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_pairs_that_occur_often_weigh_as_often() -> None:
    counts = np.array([2, 1, 1, 3, 1, 1, 1, 1])

    weighed = headline(LABELS, ANSWERS, counts)

    assert weighed == headline(np.repeat(LABELS, counts), np.repeat(ANSWERS, counts))


def test_each_class_has_its_figures() -> None:
    found = per_class(LABELS, ANSWERS, (*NAMES, "d"))

    assert found["a"] == {"precision": 0.75, "recall": 0.75, "f1": 0.75, "support": 4}
    assert found["d"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_the_confusion_matrix_has_labels_in_rows() -> None:
    found = Confusion.of(LABELS, ANSWERS, (*NAMES, "d"))

    assert found.counts.tolist() == [[3, 1, 0, 0], [1, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]]
    assert found.shares[:2].tolist() == [[0.75, 0.25, 0, 0], [0.5, 0.5, 0, 0]]
    assert found.shares[3].tolist() == [0, 0, 0, 0]


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(20):
        labels = rng.integers(0, 3, 300)
        answers = np.where(rng.random(300) < 0.7, labels, (labels + 1) % 3)
        found = intervals(Confusion.of(labels, answers, NAMES), rng, resamples=60)
        covered.append(found["accuracy"][0] <= 0.7 <= found["accuracy"][1])

    assert 16 <= sum(covered) <= 20


def test_the_interval_has_the_width_of_theory_and_repeats() -> None:
    labels = np.repeat([0, 1, 2], 400)
    answers = np.where(np.arange(1200) % 4 == 0, (labels + 1) % 3, labels)
    confusion = Confusion.of(labels, answers, NAMES)

    first, second = (
        intervals(confusion, np.random.default_rng(3), resamples=300) for _ in range(2)
    )

    low, high = first["accuracy"]
    assert first == second
    assert low < 0.75 < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.75 * 0.25 / 1200), rel=0.15)


def test_a_perfect_network_has_no_interval_to_speak_of() -> None:
    found = intervals(Confusion.of(LABELS, LABELS, NAMES), np.random.default_rng(0), resamples=20)

    assert found["accuracy"] == (1, 1)


def test_risk_grows_as_less_sure_answers_are_let_in() -> None:
    confidence = np.array([0.2, 0.9, 0.6, 0.8])
    right = np.array([False, True, False, True])

    curve = risk_coverage(confidence, right)

    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert curve.risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert curve.threshold.tolist() == [0.9, 0.8, 0.6, 0.2]
    assert curve.area == pytest.approx(0.25 * (0 + (1 / 3) / 2 + (1 / 3 + 1 / 2) / 2))
    assert [row["risk"] for row in curve.as_json()][-1] == 0.5


def test_a_network_that_is_always_right_has_no_risk() -> None:
    curve = risk_coverage(np.array([0.5, 0.7]), np.array([True, True]))

    assert curve.area == 0
    assert len(curve.as_json()) == 10
