"""Runs a model over the pictures of a set, in batches; knows no labels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from models.datasets.images import Image
from models.evaluation.examples import Examples, Ints
from models.evaluation.model import Array, Model
from models.letterbox import resized
from moodtrace.errors import DatasetError

COLOURS: Final = {
    ("gray", "BGR"): cv2.COLOR_GRAY2BGR,
    ("gray", "RGB"): cv2.COLOR_GRAY2RGB,
    ("BGR", "gray"): cv2.COLOR_BGR2GRAY,
    ("BGR", "RGB"): cv2.COLOR_BGR2RGB,
}
"""How to get from a picture's colours to a model's, where they differ."""

BATCH_PICTURES: Final = 256
"""Pictures held at once; networks form smaller batches of their own."""


@dataclass(frozen=True)
class Predictions:
    """What a network says of the pictures that could be decoded."""

    scores: Array
    """`(m, c) float32`, 0 to 1; the columns are the model's classes."""
    places: Ints
    """`(m,)` which of the examples each row is."""
    skipped: Ints
    """`(s,)` rows of the file whose picture is corrupt."""


def predict(
    model: Model, examples: Examples, progress: Callable[[float], None] | None = None
) -> Predictions:
    """Score every picture that can be decoded.

    Args:
        model: of emotions or of age.
        examples: whose pictures may have any size.
        progress: is called with the share that is done, 0 to 1.

    Raises:
        DatasetError: not one picture can be decoded.
        NonFiniteError: the network gave NaN or infinity.
    """
    scores: list[Array] = []
    places: list[int] = []
    for batch_places, crops in _batches(model, examples):
        scores.append(model.score(crops))
        places.extend(batch_places)
        if progress:
            progress((batch_places[-1] + 1) / len(examples))
    if not scores:
        raise DatasetError(
            "not one picture can be decoded",
            where=f"{len(examples)} rows",
            try_this="write the pictures anew",
        )
    kept = np.asarray(places, np.int64)
    return Predictions(np.concatenate(scores), kept, np.delete(examples.rows, kept))


def crop_of(image: Image, model: Model) -> Image:
    """Bring a picture to the size and the colours that a model wants.

    Args:
        image: `(h, w) uint8` gray or `(h, w, 3) uint8` BGR.
        model: whose crops it is to be one of.

    Returns:
        `(h, w) uint8`, or `(h, w, 3) uint8` in the model's order of colours.
    """
    height_px, width_px = model.size_px
    way = COLOURS.get(("gray" if image.ndim == 2 else "BGR", model.colours))
    coloured = image if way is None else np.asarray(cv2.cvtColor(image, way), np.uint8)
    return resized(coloured, width_px, height_px)


def _batches(model: Model, examples: Examples) -> Iterator[tuple[list[int], Image]]:
    """Give places and `(n, h, w[, 3])` crops of the pictures that can be decoded."""
    places: list[int] = []
    crops: list[Image] = []
    for place, image in enumerate(examples.images()):
        if image is not None:
            places.append(place)
            crops.append(crop_of(image, model))
        if len(crops) == BATCH_PICTURES:
            yield places, np.stack(crops)
            places, crops = [], []
    if crops:
        yield places, np.stack(crops)
