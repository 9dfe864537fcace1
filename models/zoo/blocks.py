"""Layers that several families share; Keras's `same` padding and normalisation among them."""

from collections.abc import Sequence
from typing import Final

import torch
from torch import nn

EPSILON: Final = 1e-3
MOMENTUM: Final = 0.01
"""Of a normalisation, as Keras has them (its 0.99 is the share that stays)."""


class Classifier(nn.Module):
    """A trunk that gives features and a head that gives logits."""

    def __init__(self, trunk: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Map `(n, c, h, w) float32` to logits `(n, classes)`."""
        logits: torch.Tensor = self.head(self.trunk(crops))
        return logits


class SamePad(nn.Module):
    """Pads as TensorFlow's `same` does: so that ceil(side / stride) remain, more at the end."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pad the last two dimensions of `(n, c, h, w)` with zeros."""
        height, width = (self._missing(side) for side in x.shape[2:])
        edges = (width // 2, width - width // 2, height // 2, height - height // 2)
        return nn.functional.pad(x, edges)

    def _missing(self, side: int) -> int:
        steps = -(-side // self.stride)
        return max((steps - 1) * self.stride + self.kernel - side, 0)


class Residual(nn.Module):
    """Adds what goes in, or a projection of it, to what a branch makes of it."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.shortcut = shortcut or nn.Identity()
        self.branch = branch

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(n, c, h, w)` to what both ways give."""
        added: torch.Tensor = self.shortcut(x) + self.branch(x)
        return added


class GlobalMean(nn.Module):
    """The mean of each channel: `(n, c, h, w)` to `(n, c)`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Average over height and width."""
        return x.mean(dim=(2, 3))


def conv(
    inputs: int, outputs: int, kernel: int = 3, *, stride: int = 1, bias: bool = True
) -> nn.Module:
    """Return a convolution with `same` padding."""
    if stride == 1:
        return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=bias)
    strided = nn.Conv2d(inputs, outputs, kernel, stride=stride, bias=bias)
    return nn.Sequential(SamePad(kernel, stride), strided)


def depthwise(channels: int, kernel: int, stride: int, *, bias: bool) -> nn.Module:
    """Return a depthwise convolution with `same` padding."""
    if stride == 1:
        padding = kernel // 2
        return nn.Conv2d(channels, channels, kernel, padding=padding, groups=channels, bias=bias)
    strided = nn.Conv2d(channels, channels, kernel, stride=stride, groups=channels, bias=bias)
    return nn.Sequential(SamePad(kernel, stride), strided)


def norm(channels: int, epsilon: float = EPSILON) -> nn.BatchNorm2d:
    """Return a normalisation of feature maps."""
    return nn.BatchNorm2d(channels, eps=epsilon, momentum=MOMENTUM)


def flat_norm(features: int) -> nn.BatchNorm1d:
    """Return a normalisation of flat features."""
    return nn.BatchNorm1d(features, eps=EPSILON, momentum=MOMENTUM)


def conv_norm_relu(
    inputs: int, outputs: int, kernel: int = 3, *, bias: bool = True
) -> list[nn.Module]:
    """Return a convolution, its normalisation and a ReLU, in this order."""
    return [conv(inputs, outputs, kernel, bias=bias), norm(outputs), nn.ReLU()]


def dense_head(
    inputs: int, neurons: Sequence[int], classes: int, *, dropout: float = 0.0, norms: bool = False
) -> nn.Sequential:
    """Return fully connected layers down to logits.

    Args:
        inputs: number of features that come in, flat or not.
        neurons: of each hidden layer; none gives a plain softmax regression.
        classes: number of logits.
        dropout: share of hidden neurons that training drops.
        norms: whether each hidden layer is normalised before its ReLU.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for outputs in neurons:
        layers += [nn.Linear(inputs, outputs), *([flat_norm(outputs)] if norms else [])]
        layers += [nn.ReLU(), nn.Dropout(dropout)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Linear(inputs, classes))


def initialised(trunk: nn.Module, head: nn.Module) -> Classifier:
    """Join trunk and head and draw their weights: He for convolutions, Glorot for the rest."""
    for layer in [*trunk.modules(), *head.modules()]:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        elif isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
        if isinstance(layer, nn.Conv2d | nn.Linear) and layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return Classifier(trunk, head)
