"""Checks a set before training: how much of what, what repeats, what is broken."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.datasets.dataset import SPLITS, Dataset, decoded

SHOWN: Final = 5
"""Names of corrupt pictures that a line shows."""


@dataclass(frozen=True)
class Report:
    """What a set holds."""

    name: str
    pictures: int
    shape: tuple[int, ...]
    counts: dict[str, dict[str, int]]
    """Pictures by split, then by class."""
    unlabelled: int
    corrupt: tuple[str, ...]
    """Names of pictures that could not be read."""
    repeated_in: dict[str, int]
    """Pictures of a split whose very pixels also stand in training."""
    repeated_within: int
    """Pictures that repeat an earlier one of their own split."""

    def lines(self) -> list[str]:
        """Return what a person reads."""
        size = "x".join(str(side) for side in self.shape)
        found = [f"{self.name}: {self.pictures:,} pictures of {size}, {self.unlabelled} left out"]
        for split, counts in self.counts.items():
            classes = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
            found.append(f"{split}: {sum(counts.values()):,} ({classes})")
        found += [f"{count} of {split} stand in train" for split, count in self.repeated_in.items()]
        if self.repeated_within:
            found.append(f"{self.repeated_within} repeat a picture of their own split")
        if self.corrupt:
            more = ", …" if len(self.corrupt) > SHOWN else ""
            names = ", ".join(self.corrupt[:SHOWN])
            found.append(f"{len(self.corrupt)} corrupt, skipped: {names}{more}")
        return found


def report(dataset: Dataset) -> Report:
    """Decode and check every picture of a set.

    Returns:
        The report; a set without pictures has zeros everywhere.
    """
    whole = decoded(dataset)
    splits_of = _splits_by_pixels(whole)
    counts = {
        split: {
            name: int(count)
            for name, count in zip(whole.classes, whole.counts(number), strict=True)
        }
        for number, split in enumerate(SPLITS)
    }
    repeats = np.sum([_leaks(splits) for splits in splits_of], axis=0, dtype=int)
    return Report(
        name=dataset.name,
        pictures=len(whole),
        shape=whole.images.shape,
        counts=counts,
        unlabelled=int((whole.labels < 0).sum()),
        corrupt=whole.corrupt,
        repeated_in={
            SPLITS[number]: int(count)
            for number, count in enumerate(np.atleast_1d(repeats))
            if number and count
        },
        repeated_within=sum(len(splits) - len(set(splits)) for splits in splits_of),
    )


def _splits_by_pixels(dataset: Dataset) -> list[list[int]]:
    """Return the splits that each different picture stands in, one entry per copy."""
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    for row, split in enumerate(dataset.splits.tolist()):
        image = dataset.images.decode(np.array([row]))
        found[hashlib.blake2b(image.tobytes(), digest_size=16).digest()].append(split)
    return list(found.values())


def _leaks(splits: list[int]) -> list[int]:
    """Count, by split, the copies of one picture that a network would meet in training."""
    return [splits.count(number) if 0 in splits else 0 for number in range(len(SPLITS))]
