"""Every kind of set is read into the same thing, and what is wrong is said."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.datasets.dataset import decoded
from models.datasets.reading import open_dataset
from moodtrace.errors import DatasetError, ExitCode, UsageError
from moodtrace.labels import EMOTIONS
from tests.models.labelled import labels, pictures, splits, write_png


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def kaggle_rows(count: int = 3) -> list[dict[str, object]]:
    usages = ("Training", "PublicTest", "PrivateTest")
    return [
        {
            "emotion": number,
            "pixels": " ".join(map(str, picture.ravel().tolist())),
            "Usage": usages[number % 3],
        }
        for number, picture in enumerate(pictures(count))
    ]


def votes_rows(count: int = 3) -> list[dict[str, object]]:
    words = "neutral happiness surprise sadness anger disgust fear contempt unknown NF"
    names = words.split()
    return [
        {"Usage": "Training", "Image name": "a.png", **dict.fromkeys(names, 0), "fear": 10 - number}
        for number in range(count)
    ]


def test_kaggles_csv_is_read(tmp_path: Path) -> None:
    found = open_dataset(write_csv(tmp_path / "fer2013.csv", kaggle_rows()))

    assert found.labels.tolist() == found.splits.tolist() == [0, 1, 2]
    assert np.array_equal(found.images.decode(np.arange(3)), pictures(3))


def test_kaggles_csv_feeds_networks_that_see_colours(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "fer2013.csv", kaggle_rows())

    found = open_dataset(path, size_px=48, colours="BGR")

    assert np.array_equal(found.images.decode(np.arange(3))[..., 1], pictures(3))


def test_votes_beside_the_csv_are_read_too(tmp_path: Path) -> None:
    write_csv(tmp_path / "fer2013new.csv", votes_rows())

    found = open_dataset(write_csv(tmp_path / "fer2013.csv", kaggle_rows()))

    assert found.votes is not None
    assert found.votes[:, 6].tolist() == [10, 9, 8]


def test_what_everybody_calls_no_face_has_no_label(tmp_path: Path) -> None:
    votes = votes_rows()
    votes[1] |= {"fear": 0, "NF": 10}
    write_csv(tmp_path / "fer2013new.csv", votes)

    found = open_dataset(write_csv(tmp_path / "fer2013.csv", kaggle_rows()))

    assert found.labels.tolist() == [0, -1, 2]


def test_votes_for_another_number_of_rows_are_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "fer2013new.csv", votes_rows(2))

    with pytest.raises(DatasetError, match=r"3 rows .* but got 2"):
        open_dataset(write_csv(tmp_path / "fer2013.csv", kaggle_rows()))


@pytest.mark.parametrize("pixels", ["1 2 3", "", "x " * 2304, "256 " * 2304])
def test_a_csv_row_with_wrong_pixels_is_named_and_skipped(tmp_path: Path, pixels: str) -> None:
    rows = kaggle_rows()
    rows[1]["pixels"] = pixels

    found = open_dataset(write_csv(tmp_path / "fer2013.csv", rows))

    assert found.corrupt == ("row 1",)
    assert found.labels.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("emotion", "7", "0 to 6, but got '7'"), ("Usage", "Test", "but got 'Test'")],
)
def test_a_wrong_value_in_a_csv_is_named(
    tmp_path: Path, column: str, value: str, said: str
) -> None:
    rows = kaggle_rows()
    rows[2][column] = value

    with pytest.raises(DatasetError, match=said) as caught:
        open_dataset(write_csv(tmp_path / "fer2013.csv", rows))

    assert "row 2" in caught.value.where


def test_a_csv_without_pixels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="pixels is not among"):
        open_dataset(write_csv(tmp_path / "x.csv", [{"emotion": 1, "Usage": "Training"}]))


@pytest.mark.parametrize("names", [EMOTIONS, ("AN", "DI", "FE", "HA", "SA", "SU", "NE")])
def test_a_folder_per_class_is_read_whatever_the_classes_are_called(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name, picture in zip(names, pictures(7), strict=True):
        write_png(tmp_path / name / "one.png", picture)

    found = open_dataset(tmp_path)

    assert sorted(found.labels.tolist()) == list(range(7))
    order = np.argsort(found.labels)
    assert np.array_equal(found.images.decode(order), pictures(7))


def test_folders_for_splits_are_splits(tmp_path: Path) -> None:
    for number, split in enumerate(("train", "val", "test")):
        write_png(tmp_path / split / "happy" / f"{number}.png", pictures(1)[0])

    assert sorted(open_dataset(tmp_path).splits.tolist()) == [0, 1, 2]


def test_a_folder_without_splits_is_divided_the_same_way_each_time(tmp_path: Path) -> None:
    for number, picture in enumerate(pictures(20)):
        write_png(tmp_path / "happy" / f"{number:02}.png", picture)

    first, second = open_dataset(tmp_path), open_dataset(tmp_path)

    assert np.bincount(first.splits).tolist() == [16, 2, 2]
    assert np.array_equal(first.splits, second.splits)


def test_a_class_that_nobody_knows_is_named(tmp_path: Path) -> None:
    write_png(tmp_path / "smirking" / "one.png", pictures(1)[0])

    with pytest.raises(DatasetError, match="smirking"):
        open_dataset(tmp_path)


def test_numbered_folders_follow_the_vocabulary(tmp_path: Path) -> None:
    write_png(tmp_path / "5" / "one.png", pictures(1)[0])

    assert open_dataset(tmp_path).labels.tolist() == [EMOTIONS.index("surprise")]
    assert open_dataset(tmp_path, vocabulary="ck+").labels.tolist() == [EMOTIONS.index("happy")]


def test_contempt_has_no_label(tmp_path: Path) -> None:
    write_png(tmp_path / "contempt" / "one.png", pictures(1)[0])

    assert open_dataset(tmp_path).labels.tolist() == [-1]


def test_utkfaces_names_hold_ages(tmp_path: Path) -> None:
    for name in ("26_1_0_2017.png", "116_0_3_2017.png", "39_1_2017.png"):
        write_png(tmp_path / name, pictures(1)[0])

    found = open_dataset(tmp_path)

    assert (found.task, sorted(found.labels.tolist())) == ("age", [-1, 26, 100])


@pytest.mark.parametrize("compressed", [False, True])
def test_an_array_of_pictures_is_read(tmp_path: Path, compressed: bool) -> None:
    save = np.savez_compressed if compressed else np.savez
    save(tmp_path / "a.npz", image=pictures(14), label=labels(14), usage=splits(14))

    found = open_dataset(tmp_path / "a.npz")

    assert np.array_equal(found.images.decode(np.arange(14)), pictures(14))
    assert found.counts(1).tolist() == [1] * 7


def test_an_array_that_is_not_compressed_is_mapped_not_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", image=pictures(14), label=labels(14))

    source = open_dataset(tmp_path / "a.npz").images.source

    assert isinstance(source.array, np.memmap)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "suffix"), [("webp", ".webp"), ("jpeg", ".jpg")])
def test_encoded_pictures_are_read(tmp_path: Path, name: str, suffix: str) -> None:
    parts = [cv2.imencode(suffix, picture)[1].ravel() for picture in pictures(3, 64)]
    offsets = np.cumsum([0, *map(len, parts)])
    arrays = {name: np.concatenate(parts), "offsets": offsets, "age": np.array([3, 40, 116])}
    np.savez(tmp_path / "a.npz", allow_pickle=False, **arrays)

    found = open_dataset(tmp_path / "a.npz", size_px=32, colours="BGR")

    assert (found.task, found.labels.tolist()) == ("age", [3, 40, 100])
    assert found.images.decode(np.array([0, 2])).shape == (2, 32, 32, 3)


def test_rows_that_are_no_face_train_nothing(tmp_path: Path) -> None:
    index = np.array([-1, 1, -1, 3])
    usage = np.array([0, 0, 2, 2], np.uint8)
    np.savez(tmp_path / "a.npz", image=pictures(4), label=labels(4), index=index, usage=usage)

    assert open_dataset(tmp_path / "a.npz").labels.tolist() == [-1, 1, 2, 3]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"image": pictures(2).astype(np.float32)}, "uint8 .*but got float32"),
        ({"image": pictures(2)[0]}, "but got uint8 of shape \\(48, 48\\)"),
        ({"label": np.array([0, 7])}, "-1 to 6, but row 1 has 7"),
        ({"label": np.array([0, 1, 2])}, "2 labels are expected, but got 3"),
        ({"label": np.array([0.5, 1.0])}, "one integer array label"),
        ({"label_b": np.array([0, 1])}, "got label, label_b"),
        ({"split": np.array([0, 3])}, "0, 1 or 2, but got 3"),
    ],
)
def test_wrong_arrays_are_refused_with_what_was_expected_and_got(
    tmp_path: Path, arrays: dict[str, np.ndarray], said: str
) -> None:
    whole = {"image": pictures(2), "label": np.array([0, 1]), **arrays}
    np.savez(tmp_path / "a.npz", allow_pickle=False, **whole)

    with pytest.raises(DatasetError, match=said):
        open_dataset(tmp_path / "a.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"no archive")

    with pytest.raises(DatasetError, match="no npz"):
        open_dataset(tmp_path / "a.npz")


def test_a_vocabulary_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such vocabulary"):
        open_dataset(tmp_path, vocabulary="klingon")


def test_a_missing_set_has_its_own_exit_code(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / "a.npz")

    assert caught.value.exit_code == ExitCode.NO_INPUT


def test_a_corrupt_picture_is_counted_named_and_skipped(tmp_path: Path) -> None:
    for number, picture in enumerate(pictures(4)):
        write_png(tmp_path / "happy" / f"{number}.png", picture)
    (tmp_path / "happy" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n")

    found = decoded(open_dataset(tmp_path))

    assert found.corrupt == ("happy/2.png",)
    assert np.array_equal(found.images.decode(np.arange(3)), pictures(4)[[0, 1, 3]])
    assert len(found.labels) == len(found.splits) == 3
