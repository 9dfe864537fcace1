"""What stands in another split too is found and left out, and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.datasets.dataset import Dataset
from models.datasets.images import ArraySource, Images
from models.datasets.reading import open_dataset
from models.datasets.twins import with_twins, without_leaks
from tests.models.labelled import Pixels, emotions, write_png

SIDE_PX = 48


def scenes(count: int, seed: int = 0) -> Pixels:
    """`(count, 48, 48)` of soft, unlike pictures."""
    coarse = np.random.default_rng(seed).integers(40, 200, (count, 6, 6), np.uint8)
    return np.stack([cv2.resize(picture, (SIDE_PX, SIDE_PX)) for picture in coarse])


def images(pictures: Pixels) -> Images:
    return Images(ArraySource(pictures), SIDE_PX)


def noisy(picture: Pixels) -> Pixels:
    noise = np.random.default_rng(5).integers(-1, 2, picture.shape)
    return np.asarray(picture + noise, np.uint8)


def darker(picture: Pixels) -> Pixels:
    return np.asarray(picture * 0.8 + 5, np.uint8)


def in_jpeg(picture: Pixels) -> Pixels:
    content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)


@pytest.mark.parametrize("change", [np.copy, noisy, darker, in_jpeg])
def test_a_picture_and_its_near_copy_are_twins(change: Callable[[Pixels], Pixels]) -> None:
    pictures = scenes(40)
    pictures[30] = change(pictures[7])

    assert with_twins(images(pictures), np.arange(20), np.arange(20, 40)).tolist() == [7]


def test_other_pictures_a_mirror_image_and_a_blank_are_no_twins() -> None:
    pictures = scenes(40)
    pictures[30] = pictures[7][:, ::-1]
    pictures[[8, 31]] = 255

    assert with_twins(images(pictures), np.arange(20), np.arange(20, 40)).tolist() == []


def test_twins_are_found_in_every_batch() -> None:
    pictures = scenes(1300)
    pictures[[3, 600]] = pictures[[1250, 650]]
    rows, others = np.arange(640), np.arange(640, 1300)

    assert with_twins(images(pictures), rows, others).tolist() == [3, 600]
    assert with_twins(images(pictures), others[::-1], rows).tolist() == [1250, 650]


def test_nothing_has_a_twin_among_none() -> None:
    some, none = np.arange(5), np.arange(0)

    assert with_twins(images(scenes(5)), some, none).tolist() == []
    assert with_twins(images(scenes(5)), none, some).tolist() == []


def test_a_corrupt_picture_has_no_twin(tmp_path: Path) -> None:
    folder = tmp_path / "happy"
    for number, picture in enumerate(scenes(3)):
        write_png(folder / f"{number}.png", picture)
    shutil.copy(folder / "0.png", folder / "3.png")
    (folder / "1.png").write_bytes(b"")
    found = open_dataset(tmp_path).images

    assert with_twins(found, np.arange(2), np.arange(1, 4)).tolist() == [0]


def leaking() -> Dataset:
    """Fourteen unlike pictures, of which 0 stands in validation and 1 in the test too."""
    pictures = scenes(14)
    pictures[[8, 12]] = pictures[[0, 1]]
    return replace(
        emotions(14), images=images(pictures), splits=np.repeat([0, 1, 2], (7, 4, 3)).astype("u1")
    )


def test_training_loses_what_leaks_and_the_other_splits_nothing() -> None:
    found = without_leaks(leaking())

    assert found.leaks == 2
    assert found.rows(0).tolist() == [2, 3, 4, 5, 6]
    assert (len(found.rows(1)), len(found.rows(2))) == (4, 3)


def test_what_has_no_label_is_not_counted() -> None:
    made = leaking()
    made.labels[0] = -1

    assert without_leaks(made).leaks == 1


def test_the_twins_of_fer2013_are_those_that_are_known(shared: Path) -> None:
    path = shared / "data" / "fer2013.npz"
    with np.load(path) as file:
        usage, near, exact = (file[name] for name in ("usage", "near_leak", "leak"))
    private, training = np.flatnonzero(usage == 2), np.flatnonzero(usage == 0)

    found = with_twins(open_dataset(path).images, private, training)

    ours = np.isin(private, found)
    assert ours[exact[private]].all()
    assert (ours != near[private]).sum() <= 3
