"""mini-Xception as an ONNX graph, built once out of Keras weights; knows nothing of pixels.

The network: Arriaga, Valdenegro-Toro, Plöger, "Real-time Convolutional Neural Networks
for Emotion and Gender Classification" (arXiv 1710.07557).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import h5py
import numpy as np
import numpy.typing as npt

from models.onnx_graph import Graph
from moodtrace.errors import ConfigurationError

Array = npt.NDArray[np.float32]

EPSILON: Final = 1e-3
"""Of every batch normalisation (Keras's default)."""
IR_VERSION: Final = 8
SIZES_PX: Final = (60, 30, 15, 8)
"""Side of the feature maps that enter each of the four blocks."""


def read_hdf5(path: Path) -> dict[str, Array]:
    """Read the Keras weights.

    Returns:
        Arrays by `layer/weight`, as `conv2d_1/kernel`, in Keras's layouts
        (convolutions are height, width, in, out).

    Raises:
        ConfigurationError: this is not the weights file of a Keras network.
    """
    weights: dict[str, Array] = {}

    def collect(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            layer, *_, weight = name.split("/")
            weights[f"{layer}/{weight.removesuffix(':0')}"] = np.asarray(node, np.float32)

    try:
        with h5py.File(path) as file:
            file["model_weights"].visititems(collect)
    except (OSError, KeyError) as error:
        raise ConfigurationError(
            f"{path.name} is not a Keras weights file",
            where=str(path),
            try_this="remove it and run `moodtrace models pull`",
        ) from error
    return weights


def onnx_bytes(weights: Mapping[str, Array]) -> bytes:
    """Build the ONNX file: `crops (n, 1, 64, 64)` from -1 to 1 → `scores (n, 7)` that sum to 1.

    Batch normalisations are folded into the convolutions before them.

    Args:
        weights: as `read_hdf5` returns them.
    """
    network = _Layers(weights)
    x = network.relu(network.conv("crops", "conv2d_1", norm=1))
    x = network.relu(network.conv(x, "conv2d_2", norm=2))
    for block, size_px in enumerate(SIZES_PX):
        x = network.block(x, block, size_px)
    x = network.conv(x, "conv2d_7", pad=1)
    x = network.graph.add("GlobalAveragePool", x)
    x = network.graph.add("Flatten", x)
    network.graph.add("Softmax", x, output="scores", axis=1)
    return network.graph.to_bytes("mini_xception", 64, [("scores", 7)], ir_version=IR_VERSION)


class _Layers:
    """Writes Keras's layers into a graph; every method returns the name of the result."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self.weights = weights
        self.graph = Graph()

    def array(self, name: str, values: npt.NDArray[np.floating]) -> str:
        return self.graph.array(name, values.astype(np.float32))

    def relu(self, x: str) -> str:
        return self.graph.add("Relu", x)

    def conv(self, x: str, layer: str, *, norm: int = 0, stride: int = 1, pad: int = 0) -> str:
        """A convolution with its bias, or with the normalisation that follows it."""
        kernel = self.weights[f"{layer}/kernel"]
        scale, bias = self.folded(norm) if norm else (np.float64(1), self.weights[f"{layer}/bias"])
        arrays = (
            self.array(f"{layer}/kernel", (kernel * scale).transpose(3, 2, 0, 1)),
            self.array(f"{layer}/bias", bias),
        )
        return self.graph.add("Conv", x, *arrays, strides=[stride] * 2, pads=[pad] * 4)

    def separable(self, x: str, number: int, *, norm: int) -> str:
        """A 3 x 3 convolution of each channel, then one across channels, normalised."""
        layer = f"separable_conv2d_{number}"
        depth = self.weights[f"{layer}/depthwise_kernel"].transpose(2, 3, 0, 1)
        scale, bias = self.folded(norm)
        point = (self.weights[f"{layer}/pointwise_kernel"] * scale).transpose(3, 2, 0, 1)
        kernel = self.array(f"{layer}/depthwise", depth)
        x = self.graph.add("Conv", x, kernel, group=len(depth), pads=[1] * 4)
        arrays = self.array(f"{layer}/pointwise", point), self.array(f"{layer}/bias", bias)
        return self.graph.add("Conv", x, *arrays)

    def block(self, x: str, block: int, size_px: int) -> str:
        """Two separable convolutions and a pooling, beside a strided 1 x 1 convolution."""
        first_norm = 3 * (block + 1)  # Keras numbered the shortcut's first
        shortcut = self.conv(x, f"conv2d_{block + 3}", norm=first_norm, stride=2)
        x = self.relu(self.separable(x, 2 * block + 1, norm=first_norm + 1))
        x = self.separable(x, 2 * block + 2, norm=first_norm + 2)
        # Keras's "same" pads an even size at its end only.
        pads = [size_px % 2, size_px % 2, 1, 1]
        x = self.graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=pads)
        return self.graph.add("Add", x, shortcut)

    def folded(self, norm: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return a normalisation as a scale and a bias, one of each per channel."""
        gamma, beta, mean, variance = (
            self.weights[f"batch_normalization_{norm}/{weight}"].astype(np.float64)
            for weight in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + EPSILON)
        return scale, beta - mean * scale
