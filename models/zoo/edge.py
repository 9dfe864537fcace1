"""A small network whose first layer starts as an edge detector, for gray 48 x 48 crops."""

from typing import Final

import torch
from torch import nn

from models.zoo.blocks import Classifier, conv_norm_relu, dense_head, initialised
from models.zoo.network import Network

EDGES: Final = (
    ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    ((0, 1, 2), (-1, 0, 1), (-2, -1, 0)),
    ((2, 1, 0), (1, 0, -1), (0, -1, -2)),
)
"""Sobel's kernels: for horizontal edges, vertical ones, and both diagonals."""
BLOCKS: Final = ((len(EDGES), 8), (32, 32), (64,), (64,))
"""Channels of the convolutions, per block; each block ends with a pooling."""


def edge_kernels() -> torch.Tensor:
    """Return the kernels, `(4, 1, 3, 3) float32`, each with absolute values that sum to 1."""
    kernels = torch.tensor(EDGES, dtype=torch.float32)[:, None]
    return kernels / kernels.abs().sum(dim=(2, 3), keepdim=True)


def edgecnn(classes: int) -> Classifier:
    """Build the network; its edge kernels are a start, training may change them."""
    layers: list[nn.Module] = []
    channels = 1
    for block in BLOCKS:
        for outputs in block:
            layers += conv_norm_relu(channels, outputs, bias=False)
            channels = outputs
        layers.append(nn.MaxPool2d(2))
    head = dense_head(64 * 3 * 3, (256, 64), classes, dropout=0.25, norms=True)
    network = initialised(nn.Sequential(*layers), head)
    first = layers[0]
    assert isinstance(first, nn.Conv2d)
    first.weight.data.copy_(edge_kernels())
    return network


NETWORKS: Final = (
    Network(
        name="edgecnn",
        summary="a small CNN whose first layer starts as horizontal, vertical, diagonal edges",
        source="FER2013 projects; known by description and count",
        channels=1,
        size_px=48,
        classes=7,
        builder=edgecnn,
        published=232_803,
        counted="trainable",
    ),
)
