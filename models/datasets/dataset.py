"""A set of labelled pictures, whatever file it came from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.datasets import vocabulary
from models.datasets.images import BATCH_IMAGES, ArraySource, Images, Indices, Spool
from models.datasets.vocabulary import Labels
from moodtrace.errors import DatasetError
from moodtrace.labels import AGE_BANDS, EMOTIONS

Task = Literal["emotion", "age", "band"]

SPLITS: Final = ("train", "validation", "test")
"""Names of the splits 0, 1 and 2; FER2013 says Training, PublicTest and PrivateTest."""
OLDEST: Final = 100
"""Years; whoever is older counts as this old."""
YEARS: Final = tuple(str(year) for year in range(OLDEST + 1))
"""Classes of a set of ages."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Pictures, what they show, and which of them are for training."""

    name: str
    task: Task
    images: Images
    classes: tuple[str, ...]
    labels: Labels
    """`(n,)` ids of `classes`, or whole years; -1 leaves the picture out."""
    splits: npt.NDArray[np.uint8]
    """`(n,)` ids of `SPLITS`."""
    votes: npt.NDArray[np.uint8] | None = None
    """`(n, 10)` FER+ votes: `vocabulary.FERPLUS`, then unknown and not-a-face."""
    corrupt: tuple[str, ...] = field(default=())
    """Names of pictures that could not be read and were skipped."""
    leaks: int = 0
    """Training pictures that were left out because a twin stands in another split."""

    def __post_init__(self) -> None:
        for name, values in (("label", self.labels), ("split", self.splits)):
            if len(values) != len(self.images):
                raise self._error(
                    f"{len(self.images)} pictures need as many {name}s, but got {len(values)}"
                )
        wrong = np.flatnonzero((self.labels < -1) | (self.labels >= len(self.classes)))
        if len(wrong):
            row = int(wrong[0])
            raise self._error(
                f"labels must be -1 to {len(self.classes) - 1}, "
                f"but row {row} has {self.labels[row]} ({len(wrong)} wrong in all)"
            )

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, split: int) -> Indices:
        """Return the rows of a split that have a label, ascending."""
        labelled = self.labels >= 0
        return np.flatnonzero(labelled & (self.splits == split))

    def counts(self, split: int) -> npt.NDArray[np.intp]:
        """Count the pictures of each class in a split, `(c,)`."""
        return np.bincount(self.labels[self.rows(split)], minlength=len(self.classes))

    def _error(self, what: str) -> DatasetError:
        return DatasetError(
            what, where=self.name, try_this="see docs/how-to/train.md for what a set must hold"
        )


def require_every_class(
    dataset: Dataset, split: int = 0, *, expected: Sequence[str] | None = None
) -> None:
    """Refuse a set of emotions that has a class without any picture to learn from.

    Args:
        dataset: ages need one picture of any age only.
        split: where to look; 0 is training.
        expected: the classes that matter; None for all.

    Raises:
        DatasetError: which classes are empty.
    """
    counts = dict(zip(dataset.classes, dataset.counts(split).tolist(), strict=True))
    wanted = dataset.classes if expected is None else expected
    empty = [name for name in wanted if not counts[name]]
    if dataset.task == "age" and any(counts.values()):
        return
    if empty:
        raise DatasetError(
            f"no picture of split {SPLITS[split]} shows {', '.join(empty[:7])}",
            where=dataset.name,
            try_this="add pictures of that class, or choose a grouping or drop-list without it",
        )


def grouped(dataset: Dataset, grouping: str, dropped: Sequence[str] = ()) -> Dataset:
    """Merge classes of a set of the seven emotions, and leave some out.

    Args:
        dataset: a set whose classes are `EMOTIONS`.
        grouping: a key of `vocabulary.GROUPINGS`.
        dropped: names of classes whose pictures are left out; their ids stay.

    Raises:
        DatasetError: the set's classes are others, or a class to drop does not exist.
    """
    if dataset.classes != EMOTIONS:
        raise DatasetError(
            f"classes must be {', '.join(EMOTIONS)}, but got {', '.join(dataset.classes[:7])}",
            where=dataset.name,
            try_this="only sets of emotions have groupings",
        )
    groups = vocabulary.GROUPINGS[grouping]
    classes = tuple(groups)
    labels = vocabulary.without(vocabulary.regrouped(dataset.labels, groups), classes, dropped)
    return replace(dataset, classes=classes, labels=labels)


def banded(dataset: Dataset) -> Dataset:
    """Turn a set of ages into one of age bands.

    Raises:
        DatasetError: the set holds no ages.
    """
    if dataset.task != "age":
        raise DatasetError(
            f"age bands can't be made of a set of {dataset.task}s",
            where=dataset.name,
            try_this="choose other `targets` in the recipe, or a set of ages",
        )
    bands = AGE_BANDS[:-1]
    starts = [int(band.rstrip("+").split("-")[0]) for band in bands]
    ids = np.searchsorted(starts, dataset.labels, side="right") - 1
    return replace(dataset, task="band", classes=bands, labels=ids.astype(np.int16))


def decoded(dataset: Dataset, told: Callable[[float], None] = lambda _: None) -> Dataset:
    """Decode every picture once, onto disk, and skip those that are corrupt.

    The pixels are mapped from a temporary file, so that a set larger than memory trains.

    Args:
        dataset: says the pictures' size and colours.
        told: hears the share that is done, 0 to 1.
    """
    with Spool(dataset.images.shape) as spool:
        good = _spooled(dataset.images, spool, told)
        source = ArraySource(spool.mapped(), where=dataset.name)
    corrupt = tuple(dataset.images.source.name(int(row)) for row in np.flatnonzero(~good))
    images = Images(source, dataset.images.size_px, dataset.images.colours)
    return replace(_chosen(dataset, images, good), corrupt=dataset.corrupt + corrupt)


def _spooled(images: Images, spool: Spool, told: Callable[[float], None]) -> npt.NDArray[np.bool_]:
    """Write all pictures that can be read; returns which those are, `(n,)`."""
    good = np.ones(len(images), np.bool_)
    for start in range(0, len(images), BATCH_IMAGES):
        told(start / len(images))
        found = [images.read(i) for i in range(start, min(start + BATCH_IMAGES, len(good)))]
        good[start : start + len(found)] = [image is not None for image in found]
        whole = [image for image in found if image is not None]
        if whole:
            spool.append(np.stack(whole))
    return good


def _chosen(dataset: Dataset, images: Images, good: npt.NDArray[np.bool_]) -> Dataset:
    """Keep the rows whose pictures are there."""
    return replace(
        dataset,
        images=images,
        labels=dataset.labels[good],
        splits=dataset.splits[good],
        votes=None if dataset.votes is None else dataset.votes[good],
    )
