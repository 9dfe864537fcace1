"""MobileNetV2 (arXiv 1801.04381) for gray crops, in two variants of one project.

Both have a bias before every normalisation and widen the first block too, which the paper does
not; the variant written from the paper pads evenly and has no bias where a block narrows.
"""

from functools import partial
from typing import Final

from torch import nn

from models.zoo.blocks import Classifier, GlobalMean, Residual, conv, depthwise, initialised, norm
from models.zoo.network import Network

STAGES: Final = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
"""Expansion, channels, number of blocks, stride of the first: table 2 of the paper."""
STEM: Final = 32
FEATURES: Final = 1280


def _strided(inputs: int, *, from_paper: bool) -> nn.Module:
    """Return the depthwise convolution that halves the sides."""
    if from_paper:
        return nn.Conv2d(inputs, inputs, 3, stride=2, padding=1, groups=inputs)
    return depthwise(inputs, 3, 2, bias=True)


def inverted_residual(
    inputs: int, outputs: int, expansion: int, stride: int, *, from_paper: bool
) -> nn.Module:
    """Return a block that widens, filters each channel, and narrows without an activation."""
    wide = expansion * inputs
    if stride == 1:
        spatial = depthwise(wide, 3, 1, bias=True)
    else:
        spatial = _strided(wide, from_paper=from_paper)
    branch = nn.Sequential(
        *(nn.Conv2d(inputs, wide, 1), norm(wide), nn.ReLU6()),
        *(spatial, norm(wide), nn.ReLU6()),
        *(nn.Conv2d(wide, outputs, 1, bias=not from_paper), norm(outputs)),
    )
    return Residual(branch) if stride == 1 and inputs == outputs else branch


def mobilenetv2(classes: int, *, from_paper: bool) -> Classifier:
    """Build either variant."""
    if from_paper:
        stem: nn.Module = nn.Conv2d(1, STEM, 3, stride=2, padding=1)
    else:
        stem = conv(1, STEM, 3, stride=2)
    layers: list[nn.Module] = [stem, norm(STEM), nn.ReLU6()]
    inputs = STEM
    for expansion, outputs, count, first_stride in STAGES:
        for block in range(count):
            stride = 1 if block else first_stride
            layers.append(
                inverted_residual(inputs, outputs, expansion, stride, from_paper=from_paper)
            )
            inputs = outputs
    layers += [nn.Conv2d(inputs, FEATURES, 1), norm(FEATURES), nn.ReLU6()]
    head = nn.Sequential(GlobalMean(), nn.Dropout(0.3), nn.Linear(FEATURES, classes))
    return initialised(nn.Sequential(*layers), head)


_SOURCE: Final = "arXiv 1801.04381, from github.com/Paralike/Human-Facial-Recognition, 2020"

NETWORKS: Final = (
    Network(
        name="mobilenetv2",
        summary="MobileNetV2 with biases",
        source=_SOURCE,
        channels=1,
        size_px=48,
        classes=6,
        builder=partial(mobilenetv2, from_paper=False),
        published=2_283_334,
    ),
    Network(
        name="mobilenetv2-paper",
        summary="MobileNetV2 written from the paper: even padding, narrowing without biases",
        source=_SOURCE,
        channels=1,
        size_px=48,
        classes=6,
        builder=partial(mobilenetv2, from_paper=True),
        published=2_281_830,
    ),
)
