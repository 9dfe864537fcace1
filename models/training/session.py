"""Puts a run together out of names: network, data, recipe, device."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from models.datasets import dataset as datasets
from models.datasets.dataset import Dataset
from models.datasets.images import Images
from models.datasets.reading import open_dataset
from models.datasets.twins import without_leaks
from models.training import checkpoint
from models.training.batches import Examples
from models.training.loop import Run
from models.training.recipe import Recipe
from models.training.targets import targets_of
from models.zoo import catalogue
from moodtrace.errors import ConfigurationError, DatasetError


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a person asked for."""

    network: str
    """A name in `catalogue.NETWORKS`."""
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


def open_for(plan: Plan, told: Callable[[float], None] = lambda _: None) -> Dataset:
    """Open and decode the data of a plan, with its classes merged or left out.

    Args:
        plan: names the set, and says what is made of it.
        told: hears the share of the pictures that is decoded, 0 to 1.

    Raises:
        DatasetError: the set is wrong, a class is empty, or a split is.
    """
    found = open_set(plan)
    classed(found, plan.recipe)  # wrong labels are told before any picture is decoded
    return classed(decoded_for(found, plan.recipe, told), plan.recipe)


def open_set(plan: Plan) -> Dataset:
    """Open the data of a plan as it is; no picture is decoded yet.

    Raises:
        DatasetError: the set is wrong.
    """
    return open_dataset(plan.data, vocabulary=plan.vocabulary)


def decoded_for(
    dataset: Dataset, recipe: Recipe, told: Callable[[float], None] = lambda _: None
) -> Dataset:
    """Decode all pictures in the size and the colours that a recipe asks for, but for its leaks."""
    kept = without_leaks(dataset) if recipe.leaks == "drop" else dataset
    images = Images(kept.images.source, recipe.size_px, recipe.colours or "gray")
    return datasets.decoded(replace(kept, images=images), told)


def classed(dataset: Dataset, recipe: Recipe) -> Dataset:
    """Merge and leave out classes as a recipe asks for.

    Raises:
        DatasetError: that can't be done, or a class or the validation split is empty.
    """
    found = dataset
    if recipe.targets == "bands":
        found = datasets.banded(found)
    if found.task == "emotion":
        found = datasets.grouped(found, recipe.grouping, recipe.dropped)
    kept = tuple(name for name in found.classes if name not in recipe.dropped)
    datasets.require_every_class(found, expected=kept)
    if not len(found.rows(1)):
        raise DatasetError(
            "the validation split has no picture",
            where=found.name,
            try_this="mark some pictures as split 1, or put them into a folder `validation`",
        )
    return found


def prepare(plan: Plan, dataset: Dataset) -> Run:
    """Build the network and the run.

    Args:
        plan: what a person asked for.
        dataset: as `classed` or `open_for` leave it.

    Raises:
        ConfigurationError: the device is missing, there is no such network, or given weights
            don't fit.
        DatasetError: the recipe's targets can't be made of the set.
    """
    device = device_of(plan.device)
    torch.manual_seed(plan.seed)
    network = catalogue.build(
        plan.network,
        classes=sum(targets_of(dataset, plan.recipe).heads),
        options=plan.recipe.options,
    )
    if plan.weights:
        checkpoint.read_weights(plan.weights, network)
    return Run(
        network,
        plan.recipe,
        Examples(dataset, 0, plan.recipe, device),
        Examples(dataset, 1, plan.recipe, device),
        plan.seed,
    )
