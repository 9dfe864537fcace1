"""What a network is to say about each picture, as shares of classes; knows no torch."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from models.datasets.dataset import YEARS, Dataset
from models.datasets.vocabulary import FERPLUS, GROUPINGS
from models.training.recipe import Recipe
from moodtrace.errors import DatasetError
from moodtrace.labels import AGE_BANDS

Shares = npt.NDArray[np.float32]

FEWEST_VOTES: Final = 2
"""A single vote against nine others is a slip (FER+ leaves it out too)."""


@dataclass(frozen=True)
class Targets:
    """Shares of classes, for one or more heads side by side."""

    shares: Shares
    """`(n, c)`; each head's part of a row sums to 1, or is all 0 where nothing is known."""
    heads: tuple[int, ...]
    """Classes of each head; they sum to c."""


def targets_of(dataset: Dataset, recipe: Recipe) -> Targets:
    """Build the targets that a recipe asks for.

    Raises:
        DatasetError: the set lacks FER+ votes, or has emotions where ages are needed.
    """
    parts = [_part(dataset, name, recipe) for name in recipe.targets.split("+")]
    shares = np.concatenate(parts, axis=1)
    return Targets(shares, tuple(part.shape[1] for part in parts))


def classes_of(recipe: Recipe) -> tuple[tuple[str, ...], ...]:
    """Return what each number of each head stands for, as `targets_of` builds them."""
    named = {"ferplus": FERPLUS, "years": YEARS, "bands": AGE_BANDS[:-1]}
    emotions = tuple(GROUPINGS[recipe.grouping])
    return tuple(named.get(name, emotions) for name in recipe.targets.split("+"))


def one_hot(labels: npt.NDArray[np.int16], classes: int) -> Shares:
    """Return `(n, classes)` with a 1 each; a row of zeros where the label is -1."""
    return np.vstack([np.eye(classes, dtype=np.float32), np.zeros((1, classes), np.float32)])[
        labels
    ]


def vote_shares(votes: npt.NDArray[np.uint8]) -> Shares:
    """Turn FER+ votes into shares of its eight emotions.

    Args:
        votes: `(n, 10)`.

    Returns:
        `(n, 8)`; zeros where most say unknown or not-a-face, or all votes are single.
    """
    emotions = votes[:, : len(FERPLUS)].astype(np.float32)
    emotions[emotions < FEWEST_VOTES] = 0
    emotions[votes.argmax(axis=1) >= len(FERPLUS)] = 0
    return np.asarray(emotions / np.maximum(emotions.sum(axis=1, keepdims=True), 1), np.float32)


def bells(ages: npt.NDArray[np.int16], years: int, sigma: float) -> Shares:
    """Spread each age over the years around it, `(n, years)`; zeros where the age is -1."""
    distance = np.arange(years, dtype=np.float32)[None] - ages[:, None].astype(np.float32)
    weights = np.exp(-0.5 * (distance / sigma) ** 2) * (ages >= 0)[:, None]
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(shares, np.float32)


def class_weights(shares: Shares) -> Shares:
    """Weigh classes by the inverse of how much of them there is, `(c,)`, 1 on average."""
    amounts = shares.sum(axis=0)
    weights = np.where(amounts > 0, amounts.sum() / np.maximum(amounts, 1e-12), 0)
    return np.asarray(weights * (amounts > 0).sum() / np.maximum(weights.sum(), 1e-12), np.float32)


def draw_weights(labels: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Return how often to draw each picture, `(n,)`, so that all classes come equally often."""
    counts = np.bincount(labels)
    weights: npt.NDArray[np.float64] = 1.0 / counts[labels]
    return weights


def _part(dataset: Dataset, name: str, recipe: Recipe) -> Shares:
    """Build the targets of one head."""
    if (name == "years") != (dataset.task == "age"):
        raise _error(dataset, f"targets {name!r} can't be made of a set of {dataset.task}s")
    if name == "years":
        return bells(dataset.labels, len(dataset.classes), recipe.years_sigma)
    if name in {"hard", "fer2013", "bands"}:
        return one_hot(dataset.labels, len(dataset.classes))
    if dataset.votes is None:
        raise _error(dataset, "targets of FER+ need votes_ferplus, which the set lacks")
    return vote_shares(dataset.votes)


def _error(dataset: Dataset, what: str) -> DatasetError:
    return DatasetError(
        what, where=dataset.name, try_this="choose other `targets` in the recipe, or another set"
    )
