"""Sets of faces are read as they are written, and what is wrong with one is said."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.evaluation.examples import read
from moodtrace.errors import DatasetError, ExitCode, UsageError


def faces(count: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (count, 48, 48), np.uint8)


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path / "set.npz", **arrays)
    return path / "set.npz"


def encoded(images: npt.NDArray[np.uint8], suffix: str) -> dict[str, npt.NDArray[Any]]:
    way = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else []
    parts = [cv2.imencode(suffix, image, way)[1].ravel() for image in images]
    ends = np.cumsum([0, *map(len, parts)])
    return {{".webp": "webp", ".jpg": "jpeg"}[suffix]: np.concatenate(parts), "offsets": ends}


def test_plain_arrays_come_back_as_they_are(tmp_path: Path) -> None:
    images = faces(3)

    found = read(saved(tmp_path, image=images, label=np.array([6, 0, 3], np.int8)), "label")

    assert [(image == own).all() for image, own in zip(found.images(), images, strict=True)]
    assert found.values is not None
    assert found.values.tolist() == [6, 0, 3]


@pytest.mark.parametrize("suffix", [".webp", ".jpg"])
def test_encoded_pictures_are_decoded(tmp_path: Path, suffix: str) -> None:
    images = np.full((2, 48, 48, 3), 100, np.uint8)

    found = read(saved(tmp_path, **encoded(images, suffix), age=np.array([3, 90])), "age")

    for image in found.images():
        assert image is not None
        assert image.shape[:2] == (48, 48)
        assert np.abs(image.astype(int) - 100).max() <= 2


def test_rows_without_a_label_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read(saved(tmp_path, image=faces(3), label=np.array([1, -1, 2])), "label")

    assert found.rows.tolist() == [0, 2]
    assert found.left_out == 1


def test_a_corrupt_picture_is_none(tmp_path: Path) -> None:
    arrays = encoded(faces(3), ".webp")
    arrays["webp"][arrays["offsets"][1] : arrays["offsets"][2]] = 7

    found = read(saved(tmp_path, **arrays, label=np.array([1, 2, 3])), "label")

    assert [image is None for image in found.images()] == [False, True, False]


@pytest.mark.parametrize(
    ("split", "rows"),
    [("train", [0]), ("public", [1]), ("private+public", [1, 2]), (None, [0, 1, 2])],
)
def test_a_split_goes_by_its_name(tmp_path: Path, split: str | None, rows: list[int]) -> None:
    path = saved(tmp_path, image=faces(3), label=np.arange(3), usage=np.arange(3, dtype=np.uint8))

    assert read(path, "label", split=split).rows.tolist() == rows


def test_flagged_rows_can_be_left_out(tmp_path: Path) -> None:
    flags = np.array([False, True, False])
    path = saved(tmp_path, image=faces(3), label=np.arange(3), leak=flags)

    assert read(path, "label", without=["leak"]).rows.tolist() == [0, 2]
    with pytest.raises(UsageError, match="no boolean array 'label'"):
        read(path, "label", without=["label"])


def test_an_unknown_split_names_those_that_there_are(tmp_path: Path) -> None:
    path = saved(tmp_path, image=faces(1), label=np.zeros(1, int), split=np.zeros(1, int))

    with pytest.raises(UsageError) as caught:
        read(path, "label", split="public")

    assert "train, val, test" in caught.value.try_this


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"image": np.zeros((2, 48, 48), np.float32)}, "must be uint8 .* got float32"),
        ({"image": np.zeros((2, 48), np.uint8)}, r"got uint8 of shape \(2, 48\)"),
        ({"image": np.zeros((2, 48, 48, 4), np.uint8)}, r"got uint8 of shape \(2, 48, 48, 4\)"),
        ({"webp": np.zeros(9, np.uint8)}, "expected `image`, or `webp` or `jpeg` and `offsets`"),
        (
            {"webp": np.zeros(9, np.uint8), "offsets": np.array([0, 5, 10])},
            "offsets must rise from 0 to 9",
        ),
        ({"webp": np.zeros(9, np.int8), "offsets": np.array([0, 5, 9])}, "got int8"),
        ({"webp": np.zeros(9, np.uint8), "offsets": np.array([0.0, 1.0])}, "and float64"),
    ],
)
def test_wrong_pictures_say_what_is_expected_and_what_is_there(
    tmp_path: Path, arrays: dict[str, npt.NDArray[Any]], said: str
) -> None:
    with pytest.raises(DatasetError, match=said):
        read(saved(tmp_path, **arrays, label=np.zeros(2, int)), "label")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({}, r"expected one integer array `label\*`, got image"),
        ({"label": np.zeros(2)}, "`label`: expected integers, got float64"),
        ({"label_a": np.zeros(2, int), "label_b": np.zeros(2, int)}, "got label_a, label_b"),
        ({"label": np.zeros(3, int)}, r"expected shape \(2,\), got \(3,\)"),
        ({"label": np.array([0, 7])}, "expected -1 to 6, got 7"),
        ({"label": np.array([-1, -1])}, "no row with a label is left"),
    ],
)
def test_wrong_labels_say_what_is_expected_and_what_is_there(
    tmp_path: Path, arrays: dict[str, npt.NDArray[Any]], said: str
) -> None:
    with pytest.raises(DatasetError, match=said):
        read(saved(tmp_path, image=faces(2), **arrays), "label")


def test_a_second_set_needs_no_labels(tmp_path: Path) -> None:
    assert read(saved(tmp_path, image=faces(2)), "label", labelled=False).values is None


def test_what_is_no_npz_file_is_refused(tmp_path: Path) -> None:
    junk = tmp_path / "junk.npz"
    junk.write_bytes(b"PK\x03\x04 and no more")
    pickled = saved(tmp_path, image=np.array([{}], object))

    for path in (junk, pickled):
        with pytest.raises(DatasetError, match="no npz file of plain arrays"):
            read(path, "label")
    with pytest.raises(DatasetError) as caught:
        read(tmp_path / "none.npz", "label")
    assert caught.value.exit_code == ExitCode.NO_INPUT


def test_the_real_sets_are_read_as_they_are(shared: Path) -> None:
    faces = read(shared / "data" / "fer2013.npz", "label", split="public+private")
    clean = read(shared / "data" / "fer2013.npz", "label", split="private", without=["near_leak"])
    ages = read(shared / "data" / "age.npz", "age", split="test")

    assert (len(faces), len(clean), len(ages)) == (7178, 3192, 2358)
    assert ages.groups.keys() == {"gender", "race"}
    image = next(iter(ages.images()))
    assert image is not None
    assert image.shape == (112, 112, 3)
