"""Classes are merged, reduced and dropped as asked."""

from dataclasses import replace

import numpy as np
import pytest

from models.datasets.dataset import YEARS, banded, grouped, require_every_class
from models.datasets.vocabulary import GROUPINGS, emotion_of, regrouped, without
from moodtrace.errors import DatasetError
from moodtrace.labels import EMOTIONS
from tests.models.labelled import emotions, pictures

ALL = np.arange(-1, 7, dtype=np.int16)


@pytest.mark.parametrize(
    ("word", "emotion"),
    [("Anger", "angry"), ("AF", "fear"), ("su", "surprise"), ("3_happy", "happy"), ("3", "happy")],
)
def test_words_of_other_sets_are_ours(word: str, emotion: str) -> None:
    assert emotion_of(word) == emotion


def test_anger_and_disgust_become_one_of_six() -> None:
    found = regrouped(ALL, GROUPINGS["six"])

    assert found.tolist() == [-1, 0, 0, 1, 2, 3, 4, 5]


def test_disgust_and_fear_are_left_out_of_the_five() -> None:
    found = regrouped(ALL, GROUPINGS["five"])

    assert found.tolist() == [-1, 0, -1, -1, 1, 2, 3, 4]


def test_dropped_classes_lose_their_pictures_but_not_their_ids() -> None:
    assert without(ALL, EMOTIONS, ["angry", "sad"]).tolist() == [-1, -1, 1, 2, 3, -1, 5, 6]


def test_a_class_to_drop_must_exist() -> None:
    with pytest.raises(DatasetError, match="bored"):
        without(ALL, EMOTIONS, ["bored"])


def test_a_grouped_set_has_the_groupings_classes() -> None:
    found = grouped(emotions(), "six", ["sad"])

    assert found.classes == ("angry", "fear", "happy", "sad", "surprise", "neutral")
    assert found.counts(0).tolist() == [8, 4, 4, 0, 4, 4]


def test_a_class_without_pictures_is_named() -> None:
    found = grouped(emotions(), "seven", ["disgust"])

    with pytest.raises(DatasetError, match="train shows disgust"):
        require_every_class(found)


def test_made_pictures_differ_by_class() -> None:
    means = pictures(7).mean(axis=(1, 2))

    assert (np.diff(means) > 20).all()


def test_ages_fall_into_bands() -> None:
    ages = replace(
        emotions(7),
        task="age",
        classes=YEARS,
        labels=np.array([-1, 0, 12, 13, 18, 64, 100], np.int16),
    )

    found = banded(ages)

    assert found.classes[found.labels[6]] == "65+"
    assert found.labels.tolist() == [-1, 0, 0, 1, 2, 6, 7]


def test_emotions_have_no_bands() -> None:
    with pytest.raises(DatasetError, match="set of emotions"):
        banded(emotions())
