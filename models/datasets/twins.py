"""Finds pictures that stand in training and in another split too; knows nothing of networks."""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.dataset import Dataset
from models.datasets.images import BATCH_IMAGES, Images, Indices
from models.datasets.vocabulary import UNLABELLED

SIDE_PX: Final = 48
"""Pictures are compared at this size; FER2013's own."""
LEAST_CORRELATION: Final = 0.95
"""Of the pixels of two pictures that count as one.

So judged, 7,173 of FER2013's 7,178 test pictures agree with the flags of its near copies: four are
flagged whose nearest training picture has 0.78 at most, and the fifth is all black. Of UTKFace's
18,980 training pictures, whose splits share none, 6 are taken for another's twin.
"""


def without_leaks(dataset: Dataset) -> Dataset:
    """Leave out every training picture that has a twin in another split.

    Args:
        dataset: as it was opened: pictures that were scaled for a network look more alike.

    Returns:
        The set with the label -1 in those rows, counted in `leaks`.
    """
    found = with_twins(dataset.images, dataset.rows(0), np.flatnonzero(dataset.splits > 0))
    labels = dataset.labels.copy()
    labels[found] = UNLABELLED
    return replace(dataset, labels=labels, leaks=len(found))


def with_twins(images: Images, rows: Indices, others: Indices) -> Indices:
    """Find the pictures that have a twin among some others.

    Twins may differ in brightness, contrast and noise. A picture of one brightness has no twin,
    nor has a corrupt one.

    Args:
        images: all pictures.
        rows: `(n,)` the pictures in question.
        others: `(m,)` where twins are looked for; they are held in memory, 9 KB each.

    Returns:
        Those of `rows` that have one, in their order; none if either is empty.
    """
    small = Images(images.source, SIDE_PX)
    theirs = np.concatenate([_patterns(small, some) for some in _batches(others)])
    return np.concatenate(
        [
            some[(_patterns(small, some) @ theirs.T).max(axis=1, initial=-1) >= LEAST_CORRELATION]
            for some in _batches(rows)
        ]
    )


def _batches(rows: Indices) -> list[Indices]:
    """Divide rows into batches; one empty batch if there are none."""
    return np.split(rows, range(BATCH_IMAGES, len(rows), BATCH_IMAGES))


def _patterns(images: Images, rows: Indices) -> npt.NDArray[np.float32]:
    """Return pictures without their brightness and contrast, `(n, SIDE_PX ** 2)`.

    The product of two is their correlation. One brightness, or a corrupt picture, gives zeros.
    """
    pixels = np.empty((len(rows), SIDE_PX**2), np.float32)
    for place, row in enumerate(rows.tolist()):
        found = images.read(row)
        pixels[place] = 0 if found is None else found.ravel()
    pixels -= pixels.mean(axis=1, keepdims=True)
    pixels /= np.maximum(np.linalg.norm(pixels, axis=1, keepdims=True), 1.0)
    return pixels
