"""Heads of fully connected layers that a recipe may reshape."""

from collections.abc import Mapping

import msgspec
from torch import nn

from models.zoo.blocks import dense_head
from models.zoo.options import read_options
from moodtrace.errors import ConfigurationError


class HeadLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hidden layers between a trunk's features and the logits."""

    neurons: tuple[int, ...] = ()
    """Per hidden layer; none gives logits straight from the features."""
    dropout: float = 0.5
    """After each hidden layer."""
    norms: bool = True
    """Whether each hidden layer is normalised."""


def head_of(inputs: int, layout: HeadLayout, classes: int) -> nn.Sequential:
    """Return the head for that many features."""
    return dense_head(inputs, layout.neurons, classes, dropout=layout.dropout, norms=layout.norms)


def shaped_head(options: Mapping[str, object], default: HeadLayout) -> HeadLayout:
    """Read a head from a recipe's options; what is left out is as in `default`.

    Raises:
        ConfigurationError: no such head can be built.
    """
    layout = read_options({**msgspec.structs.asdict(default), **options}, HeadLayout)
    if min(layout.neurons, default=1) < 1 or not 0 <= layout.dropout < 1:
        raise ConfigurationError(
            "no head can be built of these layers",
            where=str(layout),
            try_this="give every layer a neuron at least, and a dropout from 0 to below 1",
        )
    return layout
