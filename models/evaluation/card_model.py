"""Models with a card: they run from ONNX files, as in the product."""

from pathlib import Path

import numpy as np

from models import engine
from models.datasets.images import Image
from models.emotion import EmotionNetwork
from models.evaluation.model import Array, Model, Scorer
from models.registry import Card
from moodtrace.labels import EMOTIONS


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
    run = engine.load(path)
    score = _scorer(card, path, run)
    return Model(
        id=card.id,
        kind=card.kind,
        size_px=card.input_size_px,
        colours=card.colours,
        classes=EMOTIONS if is_emotion else card.labels,
        score=_in_our_order(score, card) if is_emotion else score,
        target="label" if is_emotion else "age",
        ferplus=_scored_by(run, card, "ferplus") if "ferplus" in card.outputs else None,
    )


def _scorer(card: Card, path: Path, run: engine.Network) -> Scorer:
    """Return what gives the first output, in the network's own order."""
    if card.kind == "emotion" and card.colours == "gray":
        return EmotionNetwork(card, path)
    return _scored_by(run, card, card.outputs[0])


def _scored_by(run: engine.Network, card: Card, output: str) -> Scorer:
    """Ready crops as the card says, `(n, c, h, w) float32`, and take one output."""
    place = card.outputs.index(output)
    factor, offset = (np.float32(number) for number in card.scaling)

    def score(crops: Image) -> Array:
        planes = crops[:, None] if crops.ndim == 3 else crops.transpose(0, 3, 1, 2)
        return run(planes * factor + offset)[place]

    return score


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
