"""Our own small residual networks for faces: one trunk, for emotions with two heads, or for age.

Every network gives logits `(n, c)`; what they mean is said where it is built. Pictures come in as
`(n, 1, h, w) float32`, -1 to 1, of any side from 32 px on.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import nn

from models.zoo.network import Network

EMOTION_CLASSES: Final = 7
"""First logits of the emotion network: FER2013's classes."""
FERPLUS_CLASSES: Final = 8
"""Those that follow: FER+'s classes, in the order of its votes."""
YEARS: Final = 101
"""Logits of the age network: years 0 to 100."""


def _conv(inputs: int, outputs: int, *, stride: int = 1) -> nn.Sequential:
    """A 3 x 3 convolution and its normalisation."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
    )


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """The way around a block: nothing, or a 1 x 1 convolution after a mean over 2 x 2."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    pool = nn.AvgPool2d(2, ceil_mode=True) if stride == 2 else nn.Identity()
    return nn.Sequential(pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = _conv(inputs, outputs, stride=stride)
        self.second = _conv(outputs, outputs)
        self.shortcut = _shortcut(inputs, outputs, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(n, inputs, h, w)` to `(n, outputs, h / stride, w / stride)`, rounded up."""
        main = self.second(torch.relu(self.first(x)))
        return torch.relu(main + self.shortcut(x))


def trunk(stages: Sequence[tuple[int, int]], *, stem: int = 16) -> nn.Sequential:
    """Build the part that heads share: `(n, 1, h, w)` to `(n, channels of the last stage)`.

    Args:
        stages: channels and residual blocks of each; all but the first halve the sides.
        stem: channels at full size, before the first halving.
    """
    inputs = stages[0][0]
    layers: list[nn.Module] = [_conv(1, stem), nn.ReLU(), _conv(stem, inputs, stride=2), nn.ReLU()]
    for stage, (width, blocks) in enumerate(stages):
        for block in range(blocks):
            layers.append(Block(inputs, width, 2 if stage and not block else 1))
            inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class FaceNetwork(nn.Module):
    """A trunk, dropout, and linear heads whose logits stand side by side."""

    def __init__(
        self, stages: Sequence[tuple[int, int]], classes: Sequence[int], *, dropout: float = 0.3
    ) -> None:
        super().__init__()
        self.trunk = trunk(stages)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleList(nn.Linear(stages[-1][0], count) for count in classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits `(n, sum of classes)`."""
        features = self.dropout(self.trunk(x))
        return torch.cat([head(features) for head in self.heads], dim=1)


def emotion_network(classes: Sequence[int] = (EMOTION_CLASSES, FERPLUS_CLASSES)) -> FaceNetwork:
    """Build `moodtrace-emotion`: 1.57 M parameters, 48 x 48 gray, FER2013 and FER+ logits."""
    return FaceNetwork(((48, 2), (96, 2), (192, 2)), classes)


def age_network(years: int = YEARS) -> FaceNetwork:
    """Build `moodtrace-age`: 0.86 M parameters, 64 x 64 gray, one logit per year from 0 on."""
    return FaceNetwork(((24, 1), (48, 2), (80, 2), (128, 2)), (years,), dropout=0.2)


def _emotion(classes: int) -> FaceNetwork:
    """Build one head, or both where their classes are asked for together."""
    both = (EMOTION_CLASSES, FERPLUS_CLASSES)
    return emotion_network(both if classes == sum(both) else (classes,))


NETWORKS: Final = (
    Network(
        name="moodtrace-emotion",
        summary="residual, two heads: FER2013's seven classes and FER+'s eight",
        source="our own",
        channels=1,
        size_px=48,
        classes=EMOTION_CLASSES + FERPLUS_CLASSES,
        builder=_emotion,
        counted="trainable",
    ),
    Network(
        name="moodtrace-age",
        summary="residual, a distribution over the years 0 to 100",
        source="our own",
        channels=1,
        size_px=64,
        classes=YEARS,
        builder=age_network,
        counted="trainable",
    ),
)
