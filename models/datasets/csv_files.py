"""Reads Kaggle's fer2013.csv, alone or with FER+'s fer2013new.csv beside it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.dataset import Dataset
from models.datasets.images import ArraySource, Colours, Image, Images, Spool
from models.datasets.vocabulary import Labels
from moodtrace.errors import DatasetError
from moodtrace.labels import EMOTIONS

SIDE_PX: Final = 48
USAGES: Final = {"Training": 0, "PublicTest": 1, "PrivateTest": 2}
VOTES: Final = 10


def read_fer2013(
    path: Path, *, size_px: int = SIDE_PX, colours: Colours = "gray", ferplus: Path | None = None
) -> Dataset:
    """Read fer2013.csv; its pixels are kept on disk while they are used.

    Args:
        path: columns `emotion`, `pixels`, `Usage`.
        size_px: side of the pictures that come out.
        colours: of the pictures that come out; all are gray, so BGR repeats one number.
        ferplus: FER+'s file: columns `Usage`, `Image name` and ten counts of votes, a row each.

    Returns:
        All rows whose pixels are whole; the others are named in `corrupt`.

    Raises:
        DatasetError: a column is missing, a label or usage is wrong, or the files differ.
    """
    labels: list[int] = []
    splits: list[int] = []
    good: list[bool] = []
    with Spool((SIDE_PX, SIDE_PX)) as spool:
        for number, row in enumerate(_rows(path, ("emotion", "pixels", "Usage"))):
            pixels = _pixels(row["pixels"])
            good.append(pixels is not None)
            if pixels is not None:
                labels.append(_label(row["emotion"], path, number))
                splits.append(_split(row["Usage"], path, number))
                spool.append(pixels)
        source = ArraySource(spool.mapped(), where=path.name)
    votes = _votes(ferplus, len(good))[np.array(good)] if ferplus else None
    return Dataset(
        name=path.name,
        task="emotion",
        images=Images(source, size_px, colours),
        classes=EMOTIONS,
        labels=_without_non_faces(np.array(labels, np.int16), votes),
        splits=np.array(splits, np.uint8),
        votes=votes,
        corrupt=tuple(f"row {number}" for number, whole in enumerate(good) if not whole),
    )


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Give the rows of a CSV file that must have some columns."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                raise DatasetError(
                    f"columns {', '.join(columns)} are expected, but {', '.join(missing)} "
                    f"is not among {', '.join(reader.fieldnames or ()) or 'none'}",
                    where=str(path),
                    try_this="take the file as Kaggle, or FER+, gives it out",
                )
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"the file can't be read: {error}", where=str(path), try_this="check path and format"
        ) from error


def _pixels(text: str | None) -> Image | None:
    """Return `(48, 48)` pixels; None if there are not as many, or one is no byte."""
    try:
        values = np.array((text or "").split(), np.int64)
    except (ValueError, OverflowError):
        return None
    if values.size != SIDE_PX**2 or values.min() < 0 or values.max() > 255:
        return None
    return values.astype(np.uint8).reshape(SIDE_PX, SIDE_PX)


def _label(text: str, path: Path, number: int) -> int:
    if text.isdigit() and int(text) < len(EMOTIONS):
        return int(text)
    raise _wrong(f"emotion must be 0 to {len(EMOTIONS) - 1}, but got {text!r}", path, number)


def _split(text: str, path: Path, number: int) -> int:
    if text in USAGES:
        return USAGES[text]
    raise _wrong(f"Usage must be one of {', '.join(USAGES)}, but got {text!r}", path, number)


def _wrong(what: str, path: Path, number: int) -> DatasetError:
    return DatasetError(what, where=f"{path}, row {number}", try_this="correct or remove the row")


def _votes(path: Path, rows: int) -> npt.NDArray[np.uint8]:
    """Read FER+'s votes, `(n, 10)`, one row for each of fer2013.csv."""
    columns = ("neutral", "contempt", "unknown", "NF")
    votes = [list(row.values())[-VOTES:] for row in _rows(path, columns)]
    if len(votes) != rows:
        raise DatasetError(
            f"{rows} rows are expected, as in fer2013.csv, but got {len(votes)}",
            where=str(path),
            try_this="take both files whole and in their order",
        )
    try:
        return np.array(votes, np.uint8).reshape(rows, VOTES)
    except (ValueError, OverflowError) as error:
        raise DatasetError(
            f"votes must be whole numbers: {error}", where=str(path), try_this="fetch it again"
        ) from error


def _without_non_faces(labels: Labels, votes: npt.NDArray[np.uint8] | None) -> Labels:
    """Leave out the pictures that every voter of FER+ calls not a face."""
    if votes is None:
        return labels
    no_face = (votes[:, VOTES - 1] > 0) & (votes[:, : VOTES - 1].sum(axis=1) == 0)
    return np.where(no_face, np.int16(-1), labels)
