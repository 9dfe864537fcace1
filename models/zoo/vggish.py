"""A light VGG that narrows instead of widening, for gray 48 x 48 crops."""

from typing import Final

from torch import nn

from models.zoo.blocks import Classifier, conv_norm_relu, dense_head, initialised
from models.zoo.network import Network

BLOCKS: Final = ((128, 2), (64, 2), (32, 1), (32, 1))
"""Channels and number of convolutions, per block."""


def vggish(classes: int) -> Classifier:
    """Build four blocks, with a pooling between any two, and hidden layers of 256 and 64."""
    layers: list[nn.Module] = []
    channels = 1
    for block, (outputs, count) in enumerate(BLOCKS):
        if block:
            layers.append(nn.MaxPool2d(2))
        for _ in range(count):
            layers += conv_norm_relu(channels, outputs, bias=False)
            channels = outputs
    head = dense_head(32 * 6 * 6, (256, 64), classes, dropout=0.5)
    return initialised(nn.Sequential(*layers), head)


NETWORKS: Final = (
    Network(
        name="vggish",
        summary="four blocks of 128, 64 and 32 channels with normalisation, FC 256-64",
        source="FER2013 projects; known by description and count",
        channels=1,
        size_px=48,
        classes=7,
        builder=vggish,
        published=599_815,
        counted="trainable",
    ),
)
