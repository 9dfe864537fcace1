"""Plain convolutional networks for gray 48 x 48 crops: two published ones and their family."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import msgspec
from torch import nn

from models.zoo.blocks import Classifier, conv_norm_relu, dense_head, initialised
from models.zoo.network import Builder, Network
from models.zoo.options import read_options
from moodtrace.errors import ConfigurationError

SIZE_PX: Final = 48


class CnnLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Layers of one network: stages of a convolution and a pooling, then hidden layers."""

    filters: tuple[int, ...] = (32, 64, 128, 256)
    """Channels per stage; every stage halves the sides, so at most five."""
    kernels: tuple[int, ...] = (3,)
    """Side of the kernels, per stage; the last one holds for all that follow."""
    neurons: tuple[int, ...] = (128,)
    """Per hidden layer."""
    dropout: float = 0.25
    """After each stage and each hidden layer."""


CNN3: Final = CnnLayout(filters=(64, 128, 256), kernels=(3, 5, 3), neurons=(256,))
CNN4: Final = CnnLayout(filters=(64, 128, 512, 512), kernels=(3, 5, 3), neurons=(256, 512))


def cnn(layout: CnnLayout, classes: int) -> Classifier:
    """Build a network of the family."""
    side_px = SIZE_PX >> len(layout.filters)
    layers: list[nn.Module] = []
    channels = 1
    for stage, outputs in enumerate(layout.filters):
        kernel = layout.kernels[min(stage, len(layout.kernels) - 1)]
        layers += conv_norm_relu(channels, outputs, kernel)
        layers += [nn.MaxPool2d(2), nn.Dropout(layout.dropout)]
        channels = outputs
    features = channels * side_px * side_px
    head = dense_head(features, layout.neurons, classes, dropout=layout.dropout, norms=True)
    return initialised(nn.Sequential(*layers), head)


def shaped(options: Mapping[str, object]) -> Builder:
    """Return the builder of a network of the family.

    Raises:
        ConfigurationError: no such network can be built.
    """
    layout = read_options(options, CnnLayout)
    odd = all(kernel > 0 and kernel % 2 == 1 for kernel in layout.kernels)
    positive = min(layout.filters + layout.neurons, default=0) > 0
    drops = 0 <= layout.dropout < 1
    if not (1 <= len(layout.filters) <= 5 and layout.kernels and odd and positive and drops):
        raise ConfigurationError(
            "no network can be built of these layers",
            where=str(layout),
            try_this="give 1 to 5 filters, odd kernels, no empty layer, and drop less than 1",
        )
    return partial(cnn, layout)


NETWORKS: Final = (
    Network(
        name="cnn3",
        summary="three convolutions (64 at 3 px, 128 at 5 px, 256 at 3 px), one hidden layer",
        source="FER2013 projects; known by description and count",
        channels=1,
        size_px=SIZE_PX,
        classes=7,
        builder=partial(cnn, CNN3),
        published=2_863_495,
        counted="trainable",
    ),
    Network(
        name="cnn4",
        summary="four convolutions (64, 128 at 5 px, 512, 512), hidden layers of 256 and 512",
        source="FER2013 projects of 2020, as their Keras summaries print it",
        channels=1,
        size_px=SIZE_PX,
        classes=7,
        builder=partial(cnn, CNN4),
        published=4_474_759,
        counted="trainable",
    ),
    Network(
        name="cnn",
        summary="the family of both: any filters, kernels, hidden layers and dropout",
        source="this project",
        channels=1,
        size_px=SIZE_PX,
        classes=7,
        builder=partial(cnn, CnnLayout()),
        shaper=shaped,
    ),
)
