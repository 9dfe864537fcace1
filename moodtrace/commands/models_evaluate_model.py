"""Which model `moodtrace models evaluate` judges: one with a card, or a checkpoint of the zoo."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.evaluation.model import Model
    from models.registry import Card


def model_of(name: str, weights: Path | None, config: str) -> "Model":
    """Load a model.

    Args:
        name: of a card; with weights, of a network of the zoo.
        weights: safetensors of a training run.
        config: the recipe of that run.

    Raises:
        UsageError: no card of this name has figures to measure here.
        ConfigurationError: there is no such network or recipe, or the weights don't fit.
    """
    return _of_checkpoint(name, weights, config) if weights else _of_card(name)


def _of_card(name: str) -> "Model":
    from models.evaluation.card_model import card_model
    from models.weights import pull
    from moodtrace.commands.progress import download_bar
    from moodtrace.commands.weights_folders import weights_folders

    card = _card(name)
    with download_bar("Weights") as progress:
        path = pull(card, weights_folders(), progress)
    return card_model(card, path)


def _card(name: str) -> "Card":
    """Return the card of a model that has figures to measure here."""
    from models.registry import CARDS
    from moodtrace.errors import UsageError

    card = CARDS.get(name)
    if card is None or card.kind == "detector":
        known = ", ".join(card.id for card in CARDS.values() if card.kind != "detector")
        raise UsageError(
            "there is no such model of emotions or ages",
            where=name,
            try_this=f"name one of {known}, or give --weights of a network of the zoo; "
            "for detectors see benchmarks/detector_sizes.py",
        )
    return card


def _of_checkpoint(name: str, weights: Path, config: str) -> "Model":
    from moodtrace.torch_extra import torch_extra

    with torch_extra("judging a checkpoint"):
        from models.training import recipe
        from models.training.checkpoint_model import checkpoint_model
    return checkpoint_model(name, weights, recipe.load(name, config))
