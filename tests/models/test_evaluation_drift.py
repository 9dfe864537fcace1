"""A set that changed is told from one that did not."""

import numpy as np
import numpy.typing as npt
import pytest

from models.datasets.images import ArraySource
from models.evaluation import drift
from models.evaluation.examples import Examples
from models.evaluation.report import Judged, drift_report

NAMES = ("a", "b", "c")


def pictures(seed: int, count: int = 400) -> npt.NDArray[np.uint8]:
    """Faces of a kind: each has a brightness and a contrast of its own."""
    rng = np.random.default_rng(seed)
    means, spreads = rng.normal(130, 30, (count, 1, 1)), rng.uniform(10, 40, (count, 1, 1))
    noise = means + spreads * rng.normal(size=(count, 48, 48))
    return np.clip(noise, 0, 255).astype(np.uint8)


def judged(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64] | None,
    answers: npt.NDArray[np.int64],
) -> Judged:
    scores = np.full((len(images), 3), 0.1)
    scores[np.arange(len(images)), answers] = 0.8
    examples = Examples(ArraySource(images), np.arange(len(images)), labels, 0)
    return Judged(examples, scores, np.empty(0, np.int64))


def test_equal_sets_have_an_index_of_zero() -> None:
    values = np.random.default_rng(0).normal(size=500)

    assert drift.psi(values, values) == 0
    assert drift.psi(np.ones(50), np.ones(50)) == 0


def test_two_samples_of_one_kind_are_alike() -> None:
    first, second = (judged(pictures(seed), None, np.arange(400) % 3) for seed in (1, 2))

    found = drift_report(first, second, NAMES)

    assert {row["verdict"] for row in found["statistics"].values()} == {"alike"}
    assert found["answer_mix"]["verdict"] == "alike"
    assert found["label_mix"] is found["estimated_label_mix"] is found["score"] is None


def test_a_darkened_set_has_shifted() -> None:
    images, answers = pictures(1), np.arange(400) % 3

    found = drift_report(judged(images, None, answers), judged(images // 2, None, answers), NAMES)

    brightness = found["statistics"]["brightness"]
    assert brightness["psi"] > 0.25
    assert brightness["ks"] > 0.5
    assert brightness["ks_p"] < 0.001
    assert brightness["verdict"] == "shifted"


def test_a_blurred_set_loses_sharpness() -> None:
    import cv2

    images, answers = pictures(1), np.arange(400) % 3
    blurred = np.stack([cv2.GaussianBlur(image, (5, 5), 0) for image in images]).astype(np.uint8)

    found = drift_report(judged(images, None, answers), judged(blurred, None, answers), NAMES)

    assert found["statistics"]["sharpness"]["verdict"] == "shifted"


def test_another_mix_of_labels_is_seen_and_estimated_from_answers_alone() -> None:
    rng = np.random.default_rng(8)

    def answered(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.where(rng.random(len(labels)) < 0.8, labels, (labels + 1) % 3)

    even, uneven = np.arange(1200) % 3, np.repeat([0, 1, 2], [840, 240, 120])
    images = np.zeros((1200, 8, 8), np.uint8)
    reference = judged(images, even, answered(even))

    found = drift_report(reference, judged(images, uneven, answered(uneven)), NAMES)

    assert found["label_mix"]["other"] == {"a": 0.7, "b": 0.2, "c": 0.1}
    assert found["label_mix"]["verdict"] == "shifted"
    assert found["estimated_label_mix"]["a"] == pytest.approx(0.7, abs=0.05)
    assert found["score"]["accuracy"] == pytest.approx(0.8, abs=0.05)
