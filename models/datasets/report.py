"""Checks a set before training: how much of what, what repeats, what is broken."""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from models.datasets.dataset import SPLITS, Dataset, banded
from models.datasets.images import BATCH_IMAGES, Image
from models.datasets.vocabulary import UNLABELLED

SHOWN: Final = 5
"""Names of corrupt pictures that a line shows."""


@dataclass(frozen=True)
class Report:
    """What a set holds."""

    name: str
    pictures: int
    """Those that can be read."""
    smallest_px: tuple[int, int]
    """Width and height of the picture with the fewest pixels, as it lies in the set."""
    largest_px: tuple[int, int]
    counts: dict[str, dict[str, int]]
    """Labelled pictures by split, then by class; ages are counted by band."""
    unlabelled: int
    """Pictures without a label, which are left out."""
    corrupt: tuple[str, ...]
    """Names of pictures that could not be read."""
    repeated_in: dict[str, int]
    """Pictures of a split whose very pixels also stand in training."""
    repeated_within: int
    """Pictures that repeat an earlier one of their own split."""

    def lines(self) -> list[str]:
        """Return what a person reads."""
        found = [f"{self.name}: {self.pictures:,} pictures{self._sizes()}"]
        for split, counts in self.counts.items():
            classes = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
            found.append(f"{split}: {sum(counts.values()):,} ({classes or 'none'})")
        if self.unlabelled:
            found.append(f"{self.unlabelled:,} without a label, left out")
        for split, count in self.repeated_in.items():
            found.append(f"{count:,} of {split} stand in train too, pixel by pixel")
        if self.repeated_within:
            found.append(f"{self.repeated_within:,} repeat a picture of their own split")
        if self.corrupt:
            more = ", …" if len(self.corrupt) > SHOWN else ""
            names = ", ".join(self.corrupt[:SHOWN])
            found.append(f"{len(self.corrupt):,} corrupt, skipped: {names}{more}")
        return found

    def _sizes(self) -> str:
        if not self.pictures:
            return ""
        sizes = dict.fromkeys((self.smallest_px, self.largest_px))
        return f" of {' to '.join(f'{width}x{height}' for width, height in sizes)} pixels"


def report(dataset: Dataset, told: Callable[[float], None] = lambda _: None) -> Report:
    """Decode and check every picture of a set, as it lies there.

    Args:
        dataset: as it was opened; ages are counted by band.
        told: hears the share that is done, 0 to 1.

    Returns:
        The report; a set without pictures has zeros everywhere.
    """
    seen = _seen(dataset, told)
    classed = banded(dataset) if dataset.task == "age" else dataset
    labels = classed.labels.copy()
    labels[list(seen.corrupt)] = UNLABELLED
    whole = replace(classed, labels=labels)
    sizes = sorted(seen.sizes, key=lambda size: (size[0] * size[1], size)) or [(0, 0)]
    repeats = np.sum([_leaks(splits) for splits in seen.splits.values()], axis=0, dtype=int)
    return Report(
        name=dataset.name,
        pictures=len(dataset) - len(seen.corrupt),
        smallest_px=sizes[0],
        largest_px=sizes[-1],
        counts={
            split: dict(zip(whole.classes, whole.counts(number).tolist(), strict=True))
            for number, split in enumerate(SPLITS)
        },
        unlabelled=int((labels < 0).sum()) - len(seen.corrupt),
        corrupt=dataset.corrupt + tuple(seen.corrupt.values()),
        repeated_in={
            SPLITS[number]: int(count)
            for number, count in enumerate(np.atleast_1d(repeats))
            if number and count
        },
        repeated_within=sum(len(splits) - len(set(splits)) for splits in seen.splits.values()),
    )


@dataclass
class _Seen:
    """What a look at every picture told."""

    sizes: set[tuple[int, int]] = field(default_factory=set)
    corrupt: dict[int, str] = field(default_factory=dict)
    """Names by row."""
    splits: defaultdict[object, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By picture, the splits that it stands in, one entry per copy."""


def _seen(dataset: Dataset, told: Callable[[float], None]) -> _Seen:
    found, source = _Seen(), dataset.images.source
    for row, split in enumerate(dataset.splits.tolist()):
        if not row % BATCH_IMAGES:
            told(row / len(dataset))
        image = source.read(row)
        if image is None:
            found.corrupt[row] = source.name(row)
        else:
            found.sizes.add((image.shape[1], image.shape[0]))
            found.splits[_key(image)].append(split)
    return found


def _key(image: Image) -> object:
    """Return what is equal for equal pictures."""
    return image.shape, hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _leaks(splits: list[int]) -> list[int]:
    """Count, by split, the copies of one picture that a network would meet in training."""
    return [splits.count(number) if 0 in splits else 0 for number in range(len(SPLITS))]
