"""CenterFace as a torch network; knows nothing of pictures or faces.

Xu et al.: "CenterFace: Joint Face Detection and Alignment Using Face as Point" (arXiv 1911.03599):
MobileNetV2, a feature pyramid of 24 channels, and four heads at a quarter of the input's size.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import nn

from models.detectors.torch_layers import named, shares
from models.torch_weights import fill, numbered
from models.zoo.blocks import Residual
from models.zoo.mobilenet import STAGES, STEM

LEVELS: Final = (1, 2, 4, 6)
"""Stages that the pyramid is made of, at strides of 4, 8, 16 and 32 px."""
WIDTH: Final = 24
"""Channels of the pyramid."""
EPSILON: Final = 1e-3
"""Of its normalisations."""


class CenterFace(nn.Module):
    """A heat map of the middles of faces, with a size, an offset and landmarks in each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = Neck([STAGES[level][1] for level in LEVELS])
        self.head = Head()

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Look for faces.

        Args:
            pictures: `(n, 3, h, w)` RGB, 0 to 255; h and w are multiples of 32.

        Returns:
            Heat `(n, 1, h / 4, w / 4)`, 0 to 1, then in the same cells two log sizes, two
            offsets and ten landmarks.
        """
        heads: list[torch.Tensor] = self.head(self.neck(self.backbone(pictures)))
        return heads


class Backbone(nn.Module):
    """MobileNetV2 with plain ReLUs."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, STEM, 3, stride=2, padding=1), nn.ReLU())
        inputs = [STEM, *(outputs for _, outputs, _, _ in STAGES[:-1])]
        self.stages = nn.ModuleList(map(_stage, inputs, STAGES))

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Return what each of `LEVELS` makes of `(n, 3, h, w)`, the finest first."""
        x = self.stem(pictures)
        maps = []
        for number, stage in enumerate(self.stages):
            x = stage(x)
            if number in LEVELS:
                maps.append(x)
        return maps


class Neck(nn.Module):
    """A feature pyramid, added up from the coarsest level on."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.lateral_layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, WIDTH, 1), nn.ReLU()) for width in reversed(widths)
        )
        self.deconv_layers = nn.ModuleList(_doubling() for _ in widths[1:])

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        """Return `(n, WIDTH, h, w)` of the finest level; the finest map comes first."""
        layers = zip(self.lateral_layers, reversed(maps), strict=True)
        merged: torch.Tensor
        merged, *finer = (layer(seen) for layer, seen in layers)
        for seen, double in zip(finer, reversed(self.deconv_layers), strict=True):
            merged = double(merged) + seen
        return merged


class Head(nn.Module):
    """What every cell says: heat, size, offset and landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self.feat_conv = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.pos_conv = nn.Conv2d(WIDTH, 1, 1)
        self.reg_conv = nn.Conv2d(WIDTH, 2, 1)
        self.off_conv = nn.Conv2d(WIDTH, 2, 1)
        self.lm_conv = nn.Conv2d(WIDTH, 10, 1)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the four heads of `(n, WIDTH, h, w)`, as `CenterFace` does."""
        x = self.feat_conv(x).relu()
        return [shares(self.pos_conv(x)), self.reg_conv(x), self.off_conv(x), self.lm_conv(x)]


def load(path: Path) -> CenterFace:
    """Return the network with the weights of its ONNX file.

    The export folded normalisations into the convolutions before them, and numbered these in the
    order in which they run; here it is the order in which they are written.

    Raises:
        ConfigurationError: the file holds no such weights.
    """
    network = CenterFace()
    convolutions = (name for name, layer in network.named_modules() if type(layer) is nn.Conv2d)
    *folded, _heat, _sizes, _offsets, _landmarks = convolutions
    fill(network, path, numbered(folded, first=542, step=4, bias=2))
    return network


def _stage(inputs: int, stage: tuple[int, int, int, int]) -> nn.Sequential:
    """Return one row of MobileNetV2's table: expansion, channels, blocks, stride of the first."""
    expansion, outputs, count, stride = stage
    first = _inverted_residual(inputs, outputs, expansion, stride)
    others = (_inverted_residual(outputs, outputs, expansion, 1) for _ in range(count - 1))
    return nn.Sequential(first, *others)


def _inverted_residual(inputs: int, outputs: int, expansion: int, stride: int) -> nn.Module:
    """Return a block that widens, filters each channel, and narrows without an activation."""
    wide = expansion * inputs
    widen = [nn.Conv2d(inputs, wide, 1), nn.ReLU()] if expansion > 1 else []
    branch = nn.Sequential(
        *widen,
        *(nn.Conv2d(wide, wide, 3, stride=stride, padding=1, groups=wide), nn.ReLU()),
        nn.Conv2d(wide, outputs, 1),
    )
    return Residual(branch) if stride == 1 and inputs == outputs else branch


def _doubling() -> nn.Sequential:
    """Return layers that double both sides."""
    return named(
        conv=nn.ConvTranspose2d(WIDTH, WIDTH, 2, stride=2, bias=False),
        bn=nn.BatchNorm2d(WIDTH, eps=EPSILON),
        relu=nn.ReLU(),
    )
