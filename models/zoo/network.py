"""What the zoo says of one network; knows no layer.

A family's module ends with the entries of its networks; `models.zoo.catalogue` collects them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from moodtrace.errors import ConfigurationError

Builder = Callable[[int], nn.Module]
"""Makes the network with fresh weights for a number of classes."""
Shaper = Callable[[Mapping[str, object]], Builder]
"""Reads a family's options, as a recipe has them, and returns its builder."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network of the zoo: what it takes, what it gives, and where it comes from."""

    name: str
    summary: str
    """One line for a table."""
    source: str
    """The paper or project that described it."""
    channels: int
    """1 for gray, 3 for colour."""
    size_px: int
    """Side of the square crops it was described for."""
    classes: int
    """Logits unless told otherwise."""
    builder: Builder
    shaper: Shaper | None = None
    """For families with options."""
    published: int | None = None
    """The published number of parameters, for `classes`."""
    published_to: int = 1
    """What the published number was rounded to."""
    counted: Literal["all", "trainable"] = "all"
    """Whether the published number includes the running statistics of normalisations."""


def keras_count(network: nn.Module) -> int:
    """Count as Keras's "Total params" does: weights, and running means and variances."""
    running = (
        part.numel()
        for name, part in network.named_buffers()
        if name.rpartition(".")[2] in {"running_mean", "running_var"}
    )
    return trainable_count(network) + sum(running)


def trainable_count(network: nn.Module) -> int:
    """Count as Keras's "Trainable params" does before anything is frozen: all weights."""
    return sum(weight.numel() for weight in network.parameters())


def published_count(entry: Network, network: nn.Module) -> int:
    """Count `network` the way its source counted."""
    return keras_count(network) if entry.counted == "all" else trainable_count(network)


def example_input(entry: Network, count: int) -> torch.Tensor:
    """Make noise that has the shape of `count` crops: `(count, c, h, w) float32`, -1 to 1."""
    return torch.rand(count, entry.channels, entry.size_px, entry.size_px) * 2 - 1


def check_crops(entry: Network, crops: torch.Tensor) -> None:
    """Refuse crops that the network was not described for.

    Raises:
        ConfigurationError: they are not `(n, c, size, size) float32`.
    """
    expected = (entry.channels, entry.size_px, entry.size_px)
    if crops.ndim != 4 or tuple(crops.shape[1:]) != expected or crops.dtype != torch.float32:
        shape = ", ".join(map(str, ("n", *expected)))
        raise ConfigurationError(
            f"crops have the wrong shape or type: expected ({shape}) float32, "
            f"got {tuple(crops.shape)} {str(crops.dtype).removeprefix('torch.')}",
            where=f"network {entry.name!r}",
            try_this=f"scale crops to {entry.size_px} px with {entry.channels} channel(s)",
        )
