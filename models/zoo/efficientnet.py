"""EfficientNet-B0 (arXiv 1905.11946) and EfficientNetV2-B0 to B3 (arXiv 2104.00298)."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import torch
from torch import nn

from models.zoo.blocks import Classifier, GlobalMean, Residual, conv, depthwise, initialised, norm
from models.zoo.heads import HeadLayout, head_of, shaped_head
from models.zoo.network import Builder, Network

STEM: Final = 32
FEATURES: Final = 1280
DROP_PATH: Final = 0.2
"""Share of whole branches that training drops in the deepest block; less in those before it."""


@dataclass(frozen=True)
class Stage:
    """Blocks that have one form."""

    kernel: int
    count: int
    inputs: int
    outputs: int
    expansion: int
    stride: int
    """Of the first block."""
    fused: bool = False
    """Whether one full convolution stands for widening and filtering each channel."""


B0: Final = (
    Stage(3, 1, 32, 16, 1, 1),
    Stage(3, 2, 16, 24, 6, 2),
    Stage(5, 2, 24, 40, 6, 2),
    Stage(3, 3, 40, 80, 6, 2),
    Stage(5, 3, 80, 112, 6, 1),
    Stage(5, 4, 112, 192, 6, 2),
    Stage(3, 1, 192, 320, 6, 1),
)
V2_B0: Final = (
    Stage(3, 1, 32, 16, 1, 1, fused=True),
    Stage(3, 2, 16, 32, 4, 2, fused=True),
    Stage(3, 2, 32, 48, 4, 2, fused=True),
    Stage(3, 3, 48, 96, 4, 2),
    Stage(3, 5, 96, 112, 6, 1),
    Stage(3, 8, 112, 192, 6, 2),
)
V2_SCALES: Final = {"b0": (1.0, 1.0), "b1": (1.0, 1.1), "b2": (1.1, 1.2), "b3": (1.2, 1.4)}
"""Factors of width and depth."""


class SqueezeExcite(nn.Module):
    """Weighs each channel by what all of them show on average (arXiv 1709.01507)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scale the channels of `(n, c, h, w)`."""
        squeezed = nn.functional.silu(self.reduce(x.mean(dim=(2, 3), keepdim=True)))
        weights: torch.Tensor = self.expand(squeezed).sigmoid()
        return x * weights


class DropPath(nn.Module):
    """Drops the whole branch of some examples in training (arXiv 1603.09382)."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zero rows of `(n, c, h, w)`, and scale up those that stay."""
        if not self.training or self.share == 0:
            return x
        kept = torch.rand(len(x), 1, 1, 1, device=x.device, dtype=x.dtype) >= self.share
        return x * kept / (1 - self.share)


def _wide_layers(stage: Stage) -> list[nn.Module]:
    """Return what widens and filters, of a block whose input is `stage.inputs`."""
    wide = stage.inputs * stage.expansion
    filters = depthwise(wide, stage.kernel, stage.stride, bias=False)
    layers = [filters, norm(wide), nn.SiLU(), SqueezeExcite(wide, max(1, stage.inputs // 4))]
    if stage.expansion == 1:
        return layers
    return [conv(stage.inputs, wide, 1, bias=False), norm(wide), nn.SiLU(), *layers]


def _fused_layers(stage: Stage) -> list[nn.Module]:
    """Return the same of a fused block; where nothing widens, the caller's one layer is all."""
    wide = stage.inputs * stage.expansion
    full = conv(stage.inputs, wide, stage.kernel, stride=stage.stride, bias=False)
    return [full, norm(wide), nn.SiLU()]


def block(stage: Stage, drop_path: float) -> nn.Module:
    """Return one block."""
    if stage.fused and stage.expansion == 1:
        only = conv(stage.inputs, stage.outputs, stage.kernel, stride=stage.stride, bias=False)
        layers = [only, norm(stage.outputs), nn.SiLU()]
    else:
        layers = _fused_layers(stage) if stage.fused else _wide_layers(stage)
        narrow = conv(stage.inputs * stage.expansion, stage.outputs, 1, bias=False)
        layers += [narrow, norm(stage.outputs)]
    if stage.stride == 1 and stage.inputs == stage.outputs:
        return Residual(nn.Sequential(*layers, DropPath(drop_path)))
    return nn.Sequential(*layers)


def rounded(channels: float) -> int:
    """Return the multiple of 8 that is nearest, and 8 at least."""
    return max(8, int(channels + 4) // 8 * 8)


def _blocks(stages: Sequence[Stage]) -> Iterator[Stage]:
    """Yield every block as a stage of one."""
    for stage in stages:
        yield replace(stage, count=1)
        for _ in range(stage.count - 1):
            yield replace(stage, count=1, inputs=stage.outputs, stride=1)


def scaled(stages: Sequence[Stage], width: float, depth: float) -> list[Stage]:
    """Return the stages wider and deeper."""
    return [
        replace(
            stage,
            inputs=rounded(stage.inputs * width),
            outputs=rounded(stage.outputs * width),
            count=math.ceil(stage.count * depth),
        )
        for stage in stages
    ]


def trunk(stages: Sequence[Stage], width: float = 1.0, depth: float = 1.0) -> nn.Sequential:
    """Return a network without its head: `(n, 3, h, w)` to `(n, 1280 x width, h / 32, w / 32)`."""
    stem, features = rounded(STEM * width), rounded(FEATURES * width)
    layers: list[nn.Module] = [conv(3, stem, stride=2, bias=False), norm(stem), nn.SiLU()]
    blocks = list(_blocks(scaled(stages, width, depth)))
    layers += [block(each, DROP_PATH * place / len(blocks)) for place, each in enumerate(blocks)]
    last = blocks[-1].outputs
    return nn.Sequential(*layers, conv(last, features, 1, bias=False), norm(features), nn.SiLU())


def v2_trunk(scale: str) -> nn.Sequential:
    """Return the second version without its head, `b0` to `b3`."""
    return trunk(V2_B0, *V2_SCALES[scale])


def efficientnet(layout: HeadLayout, classes: int) -> Classifier:
    """Build the first version with hidden layers over the channels' means."""
    head = nn.Sequential(GlobalMean(), head_of(FEATURES, layout, classes))
    return initialised(trunk(B0), head)


def efficientnetv2b3_head(layout: HeadLayout, classes: int) -> Classifier:
    """Build EfficientNetV2-B3 with hidden layers over its 4 x 4 x 1536 features."""
    return initialised(v2_trunk("b3"), head_of(1536 * 4 * 4, layout, classes))


TWO_LAYERS: Final = HeadLayout(neurons=(256, 64), dropout=0.5)
FLAT: Final = HeadLayout(neurons=(1024, 256), dropout=0.5, norms=False)


def shaped_efficientnet(options: Mapping[str, object]) -> Builder:
    """Return the builder of EfficientNet-B0 with the head that the options describe."""
    return partial(efficientnet, shaped_head(options, TWO_LAYERS))


def shaped_v2b3(options: Mapping[str, object]) -> Builder:
    """Return the builder of EfficientNetV2-B3 with the head that the options describe."""
    return partial(efficientnetv2b3_head, shaped_head(options, FLAT))


NETWORKS: Final = (
    Network(
        name="efficientnetv2b3-head",
        summary="EfficientNetV2-B3, its features flat into hidden layers of 1024 and 256",
        source="arXiv 2104.00298; head known by description and count",
        channels=3,
        size_px=128,
        classes=7,
        builder=partial(efficientnetv2b3_head, FLAT),
        shaper=shaped_v2b3,
        published=38_361_669,
    ),
    Network(
        name="efficientnet",
        summary="EfficientNet-B0 and two hidden layers",
        source="arXiv 1905.11946",
        channels=3,
        size_px=96,
        classes=7,
        builder=partial(efficientnet, TWO_LAYERS),
        shaper=shaped_efficientnet,
    ),
)
