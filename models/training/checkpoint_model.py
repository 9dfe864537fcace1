"""Networks of the zoo with the weights that a training run left: judged before any export."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from scipy.special import softmax
from torch import nn

from models.datasets import vocabulary
from models.datasets.images import Image
from models.engine import require_finite
from models.evaluation.ages import band_of
from models.evaluation.examples import LEFT_OUT, Ints
from models.evaluation.model import Array, Kind, Model, Scorer, unchanged
from models.training import checkpoint
from models.training.batches import inputs
from models.training.recipe import Recipe, for_input
from models.training.targets import classes_of
from models.zoo import catalogue
from models.zoo.face_scores import FERPLUS_TO_OURS
from moodtrace.labels import EMOTIONS

KINDS: Final[dict[str, Kind]] = {"years": "age", "bands": "band"}
"""What a recipe's targets make of a network, where it is not one of emotions."""


def checkpoint_model(name: str, weights: Path, recipe: Recipe) -> Model:
    """Build a network as its recipe says, with the weights of a run.

    Its scores are the softmax of its first head, as in the run's log. An exported network may
    also blend in FER+'s head, and has a temperature; both are chosen on the validation split.

    Args:
        name: of the zoo.
        weights: safetensors, such as `best.safetensors`.
        recipe: of the run; decides size, colours and classes.

    Raises:
        ConfigurationError: there is no such network, or the weights are of another architecture.
    """
    entry = catalogue.find(name)
    recipe = for_input(recipe, entry.size_px, entry.channels)
    heads = classes_of(recipe)
    network = catalogue.build(name, classes=sum(map(len, heads)), options=recipe.options)
    checkpoint.read_weights(weights, network)
    network.eval()
    kind = KINDS.get(recipe.targets, "emotion")
    is_ferplus = recipe.targets == "ferplus"
    return Model(
        id=name,
        kind=kind,
        size_px=(recipe.size_px, recipe.size_px),
        colours=recipe.colours or "gray",
        classes=EMOTIONS if is_ferplus else heads[0],
        score=_scorer(network, FERPLUS_TO_OURS if is_ferplus else range(len(heads[0]))),
        target="label" if kind == "emotion" else "age",
        relabel=_relabeller(recipe),
        ferplus=_ferplus_scorer(network, heads),
    )


def _ferplus_scorer(network: nn.Module, heads: Sequence[tuple[str, ...]]) -> Scorer | None:
    if vocabulary.FERPLUS not in heads:
        return None
    before = sum(map(len, heads[: heads.index(vocabulary.FERPLUS)]))
    return _scorer(network, range(before, before + len(vocabulary.FERPLUS)))


def _scorer(network: nn.Module, columns: tuple[int, ...] | range) -> Scorer:
    """Return what gives the softmax of some logits."""

    @torch.inference_mode()
    def score(crops: Image) -> Array:
        logits = network(inputs(crops, torch.device("cpu"))).numpy()[:, list(columns)]
        require_finite(logits)
        return np.asarray(softmax(logits, axis=1), np.float32)

    return score


def _relabeller(recipe: Recipe) -> Callable[[Ints], Ints]:
    """Return what numbers a set's labels or ages as the recipe did in training."""
    if recipe.targets == "years":
        return unchanged
    if recipe.targets == "bands":
        return lambda ages: np.where(ages > LEFT_OUT, band_of(ages), LEFT_OUT)
    groups = vocabulary.GROUPINGS["seven" if recipe.targets == "ferplus" else recipe.grouping]

    def emotions(labels: Ints) -> Ints:
        own = vocabulary.regrouped(labels.astype(np.int16), groups)
        return vocabulary.without(own, tuple(groups), recipe.dropped).astype(np.int64)

    return emotions
