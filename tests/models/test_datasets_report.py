"""A set is looked at before training: what it holds, what repeats, what is broken."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from models.datasets.dataset import YEARS
from models.datasets.images import ArraySource, Image, Images
from models.datasets.reading import open_dataset
from models.datasets.report import report
from moodtrace.labels import EMOTIONS
from tests.models.labelled import emotions, pictures, write_png


def test_the_report_counts_classes_and_repeats() -> None:
    made = emotions(28)
    source = made.images.source
    source.array[7] = source.array[0]  # type: ignore[attr-defined]
    source.array[2] = source.array[1]  # type: ignore[attr-defined]

    found = report(replace(made, labels=np.where(np.arange(28) == 27, -1, made.labels)))

    assert found.counts["train"] == dict.fromkeys(EMOTIONS, 2)
    assert (found.repeated_in, found.repeated_within) == ({"validation": 1}, 1)
    assert (found.unlabelled, found.smallest_px, found.largest_px) == (1, (16, 16), (16, 16))
    assert any("1 of validation stand in train" in line for line in found.lines())


class TornSource(ArraySource):
    """Pictures whose first one can't be read."""

    def read(self, index: int) -> Image | None:
        return super().read(index) if index else None


def test_the_report_names_corrupt_pictures_and_counts_the_others() -> None:
    torn = Images(TornSource(pictures(56)), 16)

    found = report(replace(emotions(), images=torn, corrupt=("row 99",)))

    assert "2 corrupt, skipped: row 99, row 0" in found.lines()
    assert (found.pictures, found.unlabelled, found.counts["train"]["angry"]) == (55, 0, 3)


def test_the_report_shows_the_sizes_that_lie_in_the_set(tmp_path: Path) -> None:
    write_png(tmp_path / "happy" / "small.png", pictures(1)[0])
    write_png(tmp_path / "happy" / "wide.png", np.zeros((100, 200), np.uint8))

    found = report(open_dataset(tmp_path))

    assert (found.smallest_px, found.largest_px) == ((48, 48), (200, 100))
    assert found.lines()[0].endswith("2 pictures of 48x48 to 200x100 pixels")


def test_the_report_counts_ages_by_band() -> None:
    ages = replace(emotions(), task="age", classes=YEARS)

    assert report(ages).counts["train"]["0-12"] == 28


def test_the_report_of_an_empty_set_has_zeros() -> None:
    none = np.empty(0, np.int16)
    empty = Images(ArraySource(pictures(0)), 16)

    found = report(replace(emotions(), images=empty, labels=none, splits=none.astype(np.uint8)))

    assert (found.pictures, found.largest_px, found.repeated_within) == (0, (0, 0), 0)
    assert found.lines()[:2] == ["made: 0 pictures", "train: 0 (none)"]
