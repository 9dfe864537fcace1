"""Reads sets that are folders of pictures: a folder per class, or UTKFace's file names."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.dataset import OLDEST, YEARS, Dataset
from models.datasets.images import Colours, FileSource, Images
from models.datasets.vocabulary import UNLABELLED, emotion_of
from moodtrace.errors import DatasetError
from moodtrace.labels import EMOTIONS

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pgm"})
SPLIT_FOLDERS: Final = {
    name: split
    for split, names in enumerate(
        ("train training", "val valid validation publictest", "test privatetest")
    )
    for name in names.split()
}
UTKFACE: Final = re.compile(r"^(\d{1,3})_[01]_[0-4]_\d+")
"""Age, gender, race and a time; a handful of files lack the race."""
SHARES: Final = (0.8, 0.1, 0.1)
"""How a folder without splits is divided."""


def read_class_folders(
    folder: Path, *, size_px: int, colours: Colours = "gray", vocabulary: str = "names"
) -> Dataset:
    """Read `FOLDER/CLASS/*.png`, or `FOLDER/{train,validation,test}/CLASS/*.png`.

    Without folders for splits, a tenth of each class is for validation and a tenth for tests,
    chosen by a fixed shuffle of the sorted names.

    Args:
        folder: names of classes are looked up in the vocabulary, so `AF`, `afraid` and `fear`
            are one; contempt has no label.
        size_px: side of the pictures that come out.
        colours: of the pictures that come out.
        vocabulary: a key of `vocabulary.VOCABULARIES`, for sets with numbered classes.

    Raises:
        DatasetError: the folder holds no picture, or a class that nobody knows.
    """
    paths, labels, splits = [], [], []
    for parent, split in _split_folders(folder):
        for child in sorted(path for path in parent.iterdir() if path.is_dir()):
            emotion = emotion_of(child.name, vocabulary)
            found = _pictures(child)
            label = EMOTIONS.index(emotion) if emotion else UNLABELLED
            paths += found
            labels += [label] * len(found)
            splits += [split] * len(found) if split is not None else _shares(len(found))
    _require_pictures(paths, folder)
    return Dataset(
        name=folder.name,
        task="emotion",
        images=Images(FileSource(paths), size_px, colours),
        classes=EMOTIONS,
        labels=np.array(labels, np.int16),
        splits=np.array(splits, np.uint8),
    )


def read_utkface(folder: Path, *, size_px: int, colours: Colours = "gray") -> Dataset:
    """Read a folder of UTKFace, whose file names begin with the age in years.

    Files that are named otherwise have no label. Splits are by a fixed shuffle.

    Raises:
        DatasetError: the folder holds no picture.
    """
    paths = _pictures(folder)
    _require_pictures(paths, folder)
    matches = [UTKFACE.match(path.name) for path in paths]
    ages = [min(int(match[1]), OLDEST) if match else UNLABELLED for match in matches]
    return Dataset(
        name=folder.name,
        task="age",
        images=Images(FileSource(paths), size_px, colours),
        classes=YEARS,
        labels=np.array(ages, np.int16),
        splits=np.array(_shares(len(paths)), np.uint8),
    )


def is_utkface(folder: Path) -> bool:
    """Say whether pictures lie in the folder itself and one is named as UTKFace does."""
    return any(UTKFACE.match(path.name) for path in _pictures(folder, deep=False))


def _split_folders(folder: Path) -> list[tuple[Path, int | None]]:
    """Return the folders that hold classes, each with its split if it has one."""
    named = [
        (path, SPLIT_FOLDERS[path.name.lower()])
        for path in sorted(folder.iterdir())
        if path.is_dir() and path.name.lower() in SPLIT_FOLDERS
    ]
    return [*named] or [(folder, None)]


def _pictures(folder: Path, *, deep: bool = True) -> list[Path]:
    found = folder.rglob("*") if deep else folder.iterdir()
    return sorted(path for path in found if path.suffix.lower() in SUFFIXES and path.is_file())


def _require_pictures(paths: Sequence[Path], folder: Path) -> None:
    if not paths:
        raise DatasetError(
            "no picture is there",
            where=str(folder),
            try_this="make a folder per class in it, named angry, happy and so on",
        )


def _shares(count: int) -> list[int]:
    """Divide a class into splits, the same way each time."""
    bounds = np.floor(np.cumsum(SHARES) * count + 0.5)
    ordered: npt.NDArray[np.intp] = np.searchsorted(bounds, np.arange(count), side="right")
    shuffled: list[int] = np.random.default_rng(0).permutation(np.minimum(ordered, 2)).tolist()
    return shuffled
