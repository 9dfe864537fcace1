"""Opens a set by its path, whatever kind it is."""

from pathlib import Path

from models.datasets.arrays import read_npz
from models.datasets.csv_files import read_fer2013
from models.datasets.dataset import Dataset
from models.datasets.folders import is_utkface, read_class_folders, read_utkface
from models.datasets.images import Colours
from models.datasets.vocabulary import VOCABULARIES
from moodtrace.errors import DatasetError, ExitCode, UsageError

FERPLUS_FILE = "fer2013new.csv"
"""FER+'s votes are read from here if it lies beside fer2013.csv."""


def open_dataset(
    path: Path, *, size_px: int = 48, colours: Colours = "gray", vocabulary: str = "names"
) -> Dataset:
    """Open an npz file, fer2013.csv, a folder per class, or a folder of UTKFace.

    Args:
        path: a file or a folder.
        size_px: side of the pictures that come out.
        colours: of the pictures that come out.
        vocabulary: what the names of class folders mean; a key of `vocabulary.VOCABULARIES`.

    Raises:
        DatasetError: nothing is there, or it is none of these.
        UsageError: there is no such vocabulary.
    """
    if vocabulary not in VOCABULARIES:
        raise UsageError(
            "there is no such vocabulary",
            where=f"--vocabulary {vocabulary}",
            try_this=f"use {' or '.join(VOCABULARIES)}",
        )
    if path.is_dir():
        if is_utkface(path):
            return read_utkface(path, size_px=size_px, colours=colours)
        return read_class_folders(path, size_px=size_px, colours=colours, vocabulary=vocabulary)
    if not path.exists():
        error = DatasetError(
            "there is no such data set", where=str(path), try_this="check the path"
        )
        error.exit_code = ExitCode.NO_INPUT
        raise error
    if path.suffix == ".npz":
        return read_npz(path, size_px=size_px, colours=colours)
    if path.suffix == ".csv":
        votes = path.with_name(FERPLUS_FILE)
        ferplus = votes if votes.exists() else None
        return read_fer2013(path, size_px=size_px, colours=colours, ferplus=ferplus)
    raise DatasetError(
        f"an npz file, fer2013.csv or a folder is expected, but got {path.suffix or 'no suffix'}",
        where=str(path),
        try_this="see docs/how-to/train.md",
    )
