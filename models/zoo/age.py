"""Two networks for age: ranges from scratch, and a distribution over years."""

from typing import Final

import torch
from torch import nn

from models.zoo.blocks import Classifier, GlobalMean, conv_norm_relu, initialised
from models.zoo.network import Network
from moodtrace.labels import AGE_BANDS

RANGES: Final = len(AGE_BANDS) - 1
"""All bands but `unknown`."""
YEARS: Final = 101
"""Years 0 to 100."""


def agecnn(classes: int) -> Classifier:
    """Build four convolutions with mean poolings and one hidden layer, for gray 96 x 96."""
    layers: list[nn.Module] = []
    channels = 1
    for outputs in (32, 64, 128, 256):
        layers += [nn.Conv2d(channels, outputs, 3), nn.ReLU(), nn.AvgPool2d(2)]
        channels = outputs
    head = nn.Sequential(
        *(GlobalMean(), nn.Linear(channels, 132), nn.ReLU(), nn.Linear(132, classes))
    )
    return initialised(nn.Sequential(*layers), head)


def age_regression(classes: int) -> Classifier:
    """Build a VGG of four stages with a logit per year, for colour 64 x 64."""
    layers: list[nn.Module] = []
    channels = 3
    for outputs in (32, 64, 128, 256):
        layers += conv_norm_relu(channels, outputs, bias=False)
        layers += [*conv_norm_relu(outputs, outputs, bias=False), nn.MaxPool2d(2)]
        channels = outputs
    head = nn.Sequential(GlobalMean(), nn.Dropout(0.2), nn.Linear(channels, classes))
    return initialised(nn.Sequential(*layers), head)


def expected_years(logits: torch.Tensor) -> torch.Tensor:
    """Return the mean of each distribution over years.

    Args:
        logits: `(n, years)`, the first for year 0.

    Returns:
        `(n,)` years; no rows give none.
    """
    years = torch.arange(logits.shape[1], dtype=logits.dtype, device=logits.device)
    return logits.softmax(dim=1) @ years


NETWORKS: Final = (
    Network(
        name="agecnn",
        summary="age ranges: four convolutions with mean poolings, trained from scratch",
        source="the four-convolution pattern of public UTKFace projects",
        channels=1,
        size_px=96,
        classes=RANGES,
        builder=agecnn,
    ),
    Network(
        name="age-regression",
        summary="a distribution over years 0 to 100; its mean is the age",
        source="expected value as in Rothe, Timofte, Van Gool, DEX, ICCV workshops 2015",
        channels=3,
        size_px=64,
        classes=YEARS,
        builder=age_regression,
    ),
)
