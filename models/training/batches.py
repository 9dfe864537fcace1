"""Turns rows of a set into batches on a device; knows nothing of epochs."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import numpy.typing as npt
import torch

from models.datasets.dataset import Dataset
from models.datasets.images import Image, Images, Indices
from models.training import augment
from models.training.recipe import Recipe
from models.training.targets import Targets, draw_weights, targets_of
from models.zoo.face_scores import FERPLUS_TO_OURS

Batch = tuple[torch.Tensor, torch.Tensor]
"""Pictures `(n, c, h, w) float32`, -1 to 1, and targets `(n, k) float32`."""


class Examples:
    """The rows of one split, with their targets, on a device."""

    def __init__(self, dataset: Dataset, split: int, recipe: Recipe, device: torch.device) -> None:
        self.rows: Indices = dataset.rows(split)
        self.images: Images = dataset.images
        self.labels: npt.NDArray[np.int16] = dataset.labels[self.rows]
        every = targets_of(dataset, recipe)
        self.targets = Targets(every.shares[self.rows], every.heads)
        self.shares = torch.from_numpy(self.targets.shares)
        self.is_age = dataset.task == "age"
        self.answers: tuple[int, ...] = tuple(range(self.targets.heads[0]))
        """Columns of the first head that stand for the classes of `labels`."""
        if recipe.targets == "ferplus":
            self.answers = FERPLUS_TO_OURS
        self.device = device

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: torch.Tensor) -> Batch:
        """Return the pictures and targets at some places of this split."""
        pixels = self.images.decode(self.rows[places.numpy()])
        return inputs(pixels, self.device), self.shares[places].to(self.device)


def inputs(pixels: Image, device: torch.device) -> torch.Tensor:
    """Ready pictures for a network.

    Args:
        pixels: `(n, h, w) uint8` gray or `(n, h, w, 3) uint8` BGR.
        device: where they go.

    Returns:
        `(n, c, h, w) float32`, -1 to 1.
    """
    given = torch.from_numpy(pixels)
    planes = given.unsqueeze(1) if given.ndim == 3 else given.permute(0, 3, 1, 2)
    images = planes.to(device).float() * (2 / 255) - 1
    return images.contiguous(memory_format=torch.channels_last)


def order(examples: Examples, recipe: Recipe) -> torch.Tensor:
    """Draw the order of one epoch, `(n,)` places; some come often if the recipe says so."""
    if not recipe.oversample:
        return torch.randperm(len(examples))
    weights = torch.from_numpy(draw_weights(examples.labels))
    return torch.multinomial(weights, len(examples), replacement=True)


def batches(examples: Examples, recipe: Recipe, epoch: int) -> Iterator[Batch]:
    """Give the changed pictures of one epoch, batch by batch; a last, smaller batch is left out.

    Args:
        examples: of the training split.
        recipe: says how pictures are changed and mixed.
        epoch: from 0; decides the pictures' size.
    """
    size_px = size_at(recipe, epoch)
    places = order(examples, recipe)
    whole = len(places) // recipe.batch * recipe.batch or len(places)
    for some in torch.split(places[:whole], recipe.batch):
        images, targets = examples.batch(some)
        images = augment.augment(images, recipe.augmentation, size_px)
        if recipe.mixup:
            images, targets = augment.mixed(images, targets, recipe.mixup)
        if recipe.cutmix:
            images, targets = augment.pasted(images, targets, recipe.cutmix)
        yield images.contiguous(memory_format=torch.channels_last), targets


def size_at(recipe: Recipe, epoch: int) -> int:
    """Return the side of an epoch's pictures, in pixels."""
    is_small = recipe.small_px and epoch < round(recipe.small_share * recipe.epochs)
    return recipe.small_px if is_small else recipe.size_px


def count(examples: Examples, recipe: Recipe) -> int:
    """Return how many batches an epoch has."""
    return max(1, len(examples) // recipe.batch)


def in_half(device: torch.device, half: bool) -> AbstractContextManager[object]:
    """Compute in bfloat16 where torch finds it safe, if `half`."""
    return torch.autocast(device.type, torch.bfloat16) if half else nullcontext()
