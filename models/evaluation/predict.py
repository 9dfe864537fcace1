"""Runs a model over the pictures of a set, in batches; knows no labels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models import engine
from models.crop_network import CropNetwork
from models.datasets.images import Image
from models.evaluation.examples import Examples, Ints
from models.letterbox import resized
from models.registry import Card
from moodtrace.errors import DatasetError
from moodtrace.labels import EMOTIONS

Array = npt.NDArray[np.float32]

COLOURS: Final = {
    ("gray", "BGR"): cv2.COLOR_GRAY2BGR,
    ("gray", "RGB"): cv2.COLOR_GRAY2RGB,
    ("BGR", "gray"): cv2.COLOR_BGR2GRAY,
    ("BGR", "RGB"): cv2.COLOR_BGR2RGB,
}
"""How to get from a picture's colours to a card's, where they differ."""

BATCH_PICTURES: Final = 256
"""Pictures held at once; networks form smaller batches of their own."""


@dataclass(frozen=True)
class Predictions:
    """What a network says of the pictures that could be decoded."""

    scores: Array
    """`(m, c) float32`, 0 to 1; emotions in `EMOTIONS` order, or years from 0."""
    places: Ints
    """`(m,)` which of the examples each row is."""
    skipped: Ints
    """`(s,)` rows of the file whose picture is corrupt."""


def predict(
    card: Card, path: Path, examples: Examples, progress: Callable[[float], None] | None = None
) -> Predictions:
    """Score every picture that can be decoded.

    Args:
        card: a model of emotions or of age.
        path: its checked weights.
        examples: whose pictures may have any size.
        progress: is called with the share that is done, 0 to 1.

    Raises:
        DatasetError: not one picture can be decoded.
        NonFiniteError: the network gave NaN or infinity.
    """
    score = network_of(card, path)
    scores: list[Array] = []
    places: list[int] = []
    for batch_places, crops in _batches(card, examples):
        scores.append(score(crops))
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


def network_of(card: Card, path: Path) -> Callable[[Image], Array]:
    """Return what scores `(n, h, w[, 3]) uint8` crops; emotions come in `EMOTIONS` order."""
    run = CropNetwork(card, path) if card.colours == "gray" else _coloured(card, path)

    def score(crops: Image) -> Array:
        return run(crops)[0]

    return _in_our_order(score, card) if card.kind == "emotion" else score


def crop_of(image: Image, card: Card) -> Image:
    """Bring a picture to the size and the colours that a model wants.

    Args:
        image: `(h, w) uint8` gray or `(h, w, 3) uint8` BGR.
        card: of a model whose input size is fixed.

    Returns:
        `(h, w) uint8`, or `(h, w, 3) uint8` in the card's order of colours.
    """
    assert card.input_size_px is not None
    height_px, width_px = card.input_size_px
    way = COLOURS.get(("gray" if image.ndim == 2 else "BGR", card.colours))
    coloured = image if way is None else np.asarray(cv2.cvtColor(image, way), np.uint8)
    return resized(coloured, width_px, height_px)


def _coloured(card: Card, path: Path) -> Callable[[Image], list[Array]]:
    """Run a network over `(n, h, w, 3) uint8` crops, readied as the card says."""
    run = engine.load(path)
    factor, offset = (np.float32(number) for number in card.scaling)
    return lambda crops: run(crops.transpose(0, 3, 1, 2) * factor + offset)


def _in_our_order(score: Callable[[Image], Array], card: Card) -> Callable[[Image], Array]:
    """Sort the columns; an emotion that the model does not know scores 0."""
    known = [label for label in card.labels if label in EMOTIONS]
    sources = [card.labels.index(label) for label in known]
    columns = [EMOTIONS.index(label) for label in known]

    def ordered(crops: Image) -> Array:
        scores = np.zeros((len(crops), len(EMOTIONS)), np.float32)
        scores[:, columns] = score(crops)[:, sources]
        return scores

    return ordered


def _batches(card: Card, examples: Examples) -> Iterator[tuple[list[int], Image]]:
    """Give places and `(n, h, w[, 3])` crops of the pictures that can be decoded."""
    places: list[int] = []
    crops: list[Image] = []
    for place, image in enumerate(examples.images()):
        if image is not None:
            places.append(place)
            crops.append(crop_of(image, card))
        if len(crops) == BATCH_PICTURES:
            yield places, np.stack(crops)
            places, crops = [], []
    if crops:
        yield places, np.stack(crops)
