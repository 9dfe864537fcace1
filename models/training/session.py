"""Puts a run together out of names: network, data, recipe, device."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from models.datasets import dataset as datasets
from models.datasets.dataset import Dataset
from models.datasets.reading import open_dataset
from models.datasets.twins import without_leaks
from models.training import checkpoint
from models.training.batches import Examples
from models.training.loop import Run
from models.training.recipe import Recipe
from models.training.targets import targets_of
from moodtrace.errors import ConfigurationError, DatasetError

Build = Callable[[int], nn.Module]
"""Builds a network that gives so many numbers per picture."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a person asked for."""

    recipe: Recipe
    """With the size and colours of pictures filled in (`recipe.for_input`)."""
    data: Path
    vocabulary: str = "names"
    weights: Path | None = None
    """Safetensors of the same architecture to start from."""
    seed: int = 0
    device: str = "auto"


def device_of(name: str) -> torch.device:
    """Return a device by name; `auto` takes a GPU where one is.

    Raises:
        ConfigurationError: there is no such device here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ConfigurationError(
            f"there is no device {name!r} here",
            where="--device",
            try_this="use cpu, or leave it out to take a GPU where one is",
        ) from error
    return device


def open_for(plan: Plan) -> Dataset:
    """Open and decode the data of a plan, with its classes merged, and what it drops left out.

    Raises:
        DatasetError: the set is wrong, a class is empty, or a split is.
    """
    recipe = plan.recipe
    found = open_dataset(
        plan.data,
        size_px=recipe.size_px,
        colours=recipe.colours or "gray",
        vocabulary=plan.vocabulary,
    )
    if recipe.targets == "bands":
        found = datasets.banded(found)
    if found.task == "emotion":
        found = datasets.grouped(found, recipe.grouping, recipe.dropped)
    if recipe.leaks == "drop":
        found = without_leaks(found)
    found = datasets.decoded(found)
    kept = tuple(name for name in found.classes if name not in recipe.dropped)
    datasets.require_every_class(found, expected=kept)
    if not len(found.rows(1)):
        raise DatasetError(
            "the validation split has no picture",
            where=found.name,
            try_this="mark some pictures as split 1, or put them into a folder `validation`",
        )
    return found


def prepare(plan: Plan, dataset: Dataset, build: Build) -> Run:
    """Build the network and the run.

    Raises:
        ConfigurationError: the device is missing, or given weights don't fit.
    """
    device = device_of(plan.device)
    torch.manual_seed(plan.seed)
    network = build(sum(targets_of(dataset, plan.recipe).heads))
    if plan.weights:
        checkpoint.read_weights(plan.weights, network)
    return Run(
        network,
        plan.recipe,
        Examples(dataset, 0, plan.recipe, device),
        Examples(dataset, 1, plan.recipe, device),
        plan.seed,
    )
