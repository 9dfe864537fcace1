"""Models with a card: they run from ONNX files, as in the product."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from models import engine
from models.crop_network import CropNetwork
from models.datasets.images import Image
from models.evaluation.model import Array, Model, Scorer
from models.registry import Card
from moodtrace.labels import EMOTIONS

Runner = Callable[[Image], list[Array]]
"""Takes crops, gives all outputs in the file's order."""


def card_model(card: Card, path: Path) -> Model:
    """Load a model of emotions, whose scores come in `EMOTIONS` order, or of ages.

    Args:
        card: a model whose input size is fixed.
        path: its checked weights.

    Raises:
        ConfigurationError: the weights are no network that can be run.
    """
    assert card.input_size_px is not None and card.kind != "detector"
    is_emotion = card.kind == "emotion"
    run = CropNetwork(card, path) if card.colours == "gray" else _coloured(card, path)
    score = _output(run, card, card.outputs[0])
    return Model(
        id=card.id,
        kind=card.kind,
        size_px=card.input_size_px,
        colours=card.colours,
        classes=EMOTIONS if is_emotion else card.labels,
        score=_in_our_order(score, card) if is_emotion else score,
        target="label" if is_emotion else "age",
        ferplus=_output(run, card, "ferplus") if "ferplus" in card.outputs else None,
    )


def _coloured(card: Card, path: Path) -> Runner:
    """Load a network of `(n, h, w, 3) uint8` crops, readied as its card says."""
    run = engine.load(path)
    factor, offset = (np.float32(number) for number in card.scaling)
    return lambda crops: run(crops.transpose(0, 3, 1, 2) * factor + offset)


def _output(run: Runner, card: Card, output: str) -> Scorer:
    """Return what gives one of a network's outputs."""
    place = card.outputs.index(output)
    return lambda crops: run(crops)[place]


def _in_our_order(score: Scorer, card: Card) -> Scorer:
    """Sort the columns; an emotion that the model does not know scores 0."""
    known = [label for label in card.labels if label in EMOTIONS]
    sources = [card.labels.index(label) for label in known]
    columns = [EMOTIONS.index(label) for label in known]

    def ordered(crops: Image) -> Array:
        scores = np.zeros((len(crops), len(EMOTIONS)), np.float32)
        scores[:, columns] = score(crops)[:, sources]
        return scores

    return ordered
