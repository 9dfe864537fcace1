"""YuNet as a torch network, in its authors' names; knows nothing of pictures.

Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector" (2023), and the authors' code,
github.com/ShiqiYu/libfacedetection.train. The file of May 2026 is as wide as their YuNet-s.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import nn
from torch.nn.functional import interpolate, max_pool2d

from models.detectors.torch_layers import named, shares
from models.torch_weights import fill, numbered

WIDTHS: Final = (16, 16, 32, 64, 64, 64, 64)
"""Channels after the first convolution, then after each of the six stages."""
HALVED: Final = (0, 2, 3, 4)
"""Stages after which the sides are halved; the first convolution halves them too."""
LEVELS: Final = (3, 4, 5)
"""Stages that faces are looked for in, in cells of 8, 16 and 32 px; all are equally wide."""

FOLDED: Final = (
    *("backbone.model0.conv1", "backbone.model0.conv2.conv2"),
    *(f"backbone.model{stage}.conv{unit}.conv2" for stage in range(1, 6) for unit in (1, 2)),
    *(f"neck.lateral_convs.{level}.conv2" for level in (2, 1, 0)),
)
"""Convolutions into which the export folded a normalisation, in the order in which they run."""
RENAMED: Final = numbered(FOLDED, first=420, step=3, bias=1)
CONSTANTS: Final = frozenset({"240", "290", "362", "395", "464", "465"})
"""How the file upsamples and reshapes."""


class YuNet(nn.Module):
    """Looks for faces of three sizes in maps of three sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = Neck(WIDTHS[-1])
        self.bbox_head = Head(WIDTHS[-1])

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        """Look for faces.

        Args:
            pictures: `(n, 3, h, w)` BGR, 0 to 255; h and w are multiples of 32.

        Returns:
            Faceness and objectness `(n, cells, 1)`, 0 to 1, boxes `(n, cells, 4)` and landmarks
            `(n, cells, 10)`, each at all of `LEVELS`; cells row by row.
        """
        heads: list[torch.Tensor] = self.bbox_head(self.neck(self.backbone(pictures)))
        return heads


class Backbone(nn.Module):
    """Six stages of depthwise separable convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.model0 = _stage(nn.Conv2d(3, WIDTHS[0], 3, stride=2, padding=1), *WIDTHS[:2])
        for number, (inputs, outputs) in enumerate(pairwise(WIDTHS[1:]), start=1):
            self.add_module(f"model{number}", _stage(_unit(inputs, inputs), inputs, outputs))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return what each of `LEVELS` makes of `(n, 3, h, w)`, the finest first."""
        maps = []
        for number, stage in enumerate(self.children()):
            x = stage(x)
            if number in LEVELS:
                maps.append(x)
            if number in HALVED:
                x = max_pool2d(x, 2)
        return maps


class Neck(nn.Module):
    """The paper's tiny feature pyramid: each level is told what the next coarser one saw."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.lateral_convs = _units(width, width)

    def forward(self, maps: list[torch.Tensor]) -> list[torch.Tensor]:
        """Add the levels up from the coarsest on; shapes stay, the finest comes first."""
        *finer, coarsest = maps
        first, *others = reversed(self.lateral_convs)
        merged = [first(coarsest).relu()]
        for seen, unit in zip(reversed(finer), others, strict=True):
            seen_above = interpolate(merged[0], scale_factor=2.0)
            merged.insert(0, unit(seen + seen_above).relu())
        return merged


class Head(nn.Module):
    """What every cell says: faceness, objectness, box and landmarks."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.multi_level_cls = _units(width, 1)
        self.multi_level_obj = _units(width, 1)
        self.multi_level_bbox = _units(width, 4)
        self.multi_level_kps = _units(width, 10)

    def forward(self, maps: list[torch.Tensor]) -> list[torch.Tensor]:
        """Return each head at each level, `(n, cells, numbers)`, as `YuNet` does."""
        return [
            *map(shares, _by_cell(self.multi_level_cls, maps)),
            *map(shares, _by_cell(self.multi_level_obj, maps)),
            *_by_cell(self.multi_level_bbox, maps),
            *_by_cell(self.multi_level_kps, maps),
        ]


def load(path: Path) -> YuNet:
    """Return the network with the weights of its ONNX file.

    Raises:
        ConfigurationError: the file holds no such weights.
    """
    network = YuNet()
    fill(network, path, RENAMED, CONSTANTS)
    return network


def _stage(first: nn.Module, inputs: int, outputs: int) -> nn.Sequential:
    second = _unit(inputs, outputs)
    return named(conv1=first, relu1=nn.ReLU(), conv2=second, relu2=nn.ReLU())


def _unit(inputs: int, outputs: int) -> nn.Sequential:
    """Return a depthwise separable convolution: across channels, then 3 x 3 within each."""
    return named(
        conv1=nn.Conv2d(inputs, outputs, 1),
        conv2=nn.Conv2d(outputs, outputs, 3, padding=1, groups=outputs),
    )


def _units(inputs: int, outputs: int) -> nn.ModuleList:
    """Return a unit for each level."""
    return nn.ModuleList(_unit(inputs, outputs) for _ in LEVELS)


def _by_cell(units: nn.ModuleList, maps: list[torch.Tensor]) -> list[torch.Tensor]:
    """Turn each level's `(n, width, h, w)` into `(n, h * w, numbers)`."""
    return [unit(seen).flatten(2).transpose(1, 2) for unit, seen in zip(units, maps, strict=True)]
