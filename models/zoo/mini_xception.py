"""mini-Xception in torch, for training and as the reference for the ONNX graph."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.mini_xception import EPSILON
from models.zoo.network import Network

Array = npt.NDArray[np.float32]

CHANNELS: Final = (8, 16, 32, 64, 128)
"""What enters the first block, and what leaves each."""
NORM: Final = (
    ("weight", "gamma"),
    ("bias", "beta"),
    ("running_mean", "moving_mean"),
    ("running_var", "moving_variance"),
)
"""What torch and Keras call the four vectors of a batch normalisation."""


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON, momentum=0.01)


def _separable(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        _norm(outputs),
    )


class SamePool(nn.Module):
    """A 3 x 3 pooling of stride 2 that pads an even side at its end only, as Keras does."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Halve the sides of `(n, c, h, w)`, rounding up."""
        before_h, before_w = x.shape[2] % 2, x.shape[3] % 2
        padded = nn.functional.pad(x, (before_w, 1, before_h, 1), value=-torch.inf)
        return nn.functional.max_pool2d(padded, 3, 2)


class Block(nn.Module):
    """Two separable convolutions and a pooling, beside a strided 1 x 1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), _norm(outputs))
        self.main = nn.Sequential(
            _separable(inputs, outputs), nn.ReLU(), _separable(outputs, outputs), SamePool()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map `(n, inputs, h, w)` to `(n, outputs, h / 2, w / 2)`."""
        # Not by the convolution's stride: of 8 channels in channels_last, oneDNN 3.12 (torch 2.13)
        # then writes beyond its memory on the way back, and the process dies.
        joined: torch.Tensor = self.main(x) + self.shortcut(x[:, :, ::2, ::2])
        return joined


class MiniXception(nn.Module):
    """The network of arXiv 1710.07557: 58,423 numbers, gray 64 x 64 in, 7 emotions out."""

    def __init__(self, classes: int = 7) -> None:
        super().__init__()
        self.base = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, bias=False), _norm(8), nn.ReLU()),
            *(nn.Conv2d(8, 8, 3, bias=False), _norm(8), nn.ReLU()),
        )
        self.blocks = nn.Sequential(*(Block(*pair) for pair in pairwise(CHANNELS)))
        self.head = nn.Conv2d(CHANNELS[-1], classes, 3, padding=1)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Map `(n, 1, 64, 64)` from -1 to 1 to logits `(n, classes)`."""
        logits: torch.Tensor = self.head(self.blocks(self.base(crops))).mean(dim=(2, 3))
        return logits


def from_keras(weights: Mapping[str, Array]) -> MiniXception:
    """Return the network with Keras's weights, ready to score.

    Args:
        weights: as `models.mini_xception.read_hdf5` returns them.
    """
    parts = {
        **_conv("base.0", weights["conv2d_1/kernel"]),
        **_norm_of("base.1", weights, 1),
        **_conv("base.3", weights["conv2d_2/kernel"]),
        **_norm_of("base.4", weights, 2),
        **_conv("head", weights["conv2d_7/kernel"]),
        "head.bias": weights["conv2d_7/bias"],
    }
    for block in range(len(CHANNELS) - 1):
        parts |= _block(weights, block)
    network = MiniXception()
    network.load_state_dict({name: torch.from_numpy(part) for name, part in parts.items()})
    return network.eval()


def _block(weights: Mapping[str, Array], block: int) -> dict[str, Array]:
    """Name a block's weights as torch does; Keras numbered the shortcut's normalisation first."""
    here, norm = f"blocks.{block}", 3 * (block + 1)
    parts = _conv(f"{here}.shortcut.0", weights[f"conv2d_{block + 3}/kernel"])
    parts |= _norm_of(f"{here}.shortcut.1", weights, norm)
    for place, module in ((1, f"{here}.main.0"), (2, f"{here}.main.2")):
        layer = f"separable_conv2d_{2 * block + place}"
        parts |= _conv(f"{module}.0", weights[f"{layer}/depthwise_kernel"].swapaxes(2, 3))
        parts |= _conv(f"{module}.1", weights[f"{layer}/pointwise_kernel"])
        parts |= _norm_of(f"{module}.2", weights, norm + place)
    return parts


def _conv(module: str, kernel: Array) -> dict[str, Array]:
    """Name a kernel; Keras has height, width, in, out, torch has out, in, height, width."""
    return {f"{module}.weight": np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))}


def _norm_of(module: str, weights: Mapping[str, Array], number: int) -> dict[str, Array]:
    """Name a normalisation's four vectors."""
    layer = f"batch_normalization_{number}"
    return {f"{module}.{ours}": weights[f"{layer}/{theirs}"] for ours, theirs in NORM}


NETWORKS: Final = (
    Network(
        name="mini-xception",
        summary="separable convolutions in four residual blocks",
        source="arXiv 1710.07557",
        channels=1,
        size_px=64,
        classes=7,
        builder=MiniXception,
        published=58_423,
    ),
)
