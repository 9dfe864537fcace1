"""Writes our own face networks as ONNX graphs, node by node.

torch's exporter changes from version to version and needs packages of its own; these graphs are
small, and the same bytes come out each time. Kernels are stored in 16 bits, as in the safetensors,
and computed in 32; ONNX Runtime folds the casts and the normalisations when it loads.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from onnx import TensorProto
from torch import nn

from models.onnx_graph import Graph
from models.zoo.face_resnet import EMOTION_CLASSES, FERPLUS_CLASSES, YEARS, Block, FaceNetwork
from models.zoo.face_scores import FERPLUS_TO_OURS, AgeScores, EmotionScores, band_matrix

IR_VERSION: Final = 10


class _Layers:
    """Writes torch's layers into a graph; every method returns the name of the result."""

    def __init__(self) -> None:
        self.graph = Graph()

    def array(self, values: npt.NDArray[np.generic]) -> str:
        return self.graph.array(f"array_{len(self.graph.arrays)}", values)

    def weight(self, values: torch.Tensor) -> str:
        """Store a kernel in 16 bits if that loses nothing, a vector in 32."""
        full = values.detach().float().numpy()
        half = full.astype(np.float16)
        if full.ndim < 2 or not np.array_equal(half, full):
            return self.array(full)
        return self.graph.add("Cast", self.array(half), to=int(TensorProto.FLOAT))

    def module(self, x: str, module: nn.Module) -> str:
        """Write one layer, or several in a row."""
        if isinstance(module, nn.Sequential):
            for part in module:
                x = self.module(x, part)
            return x
        if isinstance(module, Block):
            main = self.module(x, module.first)
            main = self.module(self.graph.add("Relu", main), module.second)
            return self.graph.add(
                "Relu", self.graph.add("Add", main, self.module(x, module.shortcut))
            )
        return self.layer(x, module)

    def layer(self, x: str, module: nn.Module) -> str:
        match module:
            case nn.Conv2d():
                stride, pad = int(module.stride[0]), int(module.padding[0])
                kernel = self.weight(module.weight)
                return self.graph.add("Conv", x, kernel, strides=[stride] * 2, pads=[pad] * 4)
            case nn.BatchNorm2d():
                return self.norm(x, module)
            case nn.Linear():
                weight = self.weight(module.weight)
                return self.graph.add("Gemm", x, weight, self.weight(module.bias), transB=1)
            case nn.AvgPool2d():
                return self.graph.add(
                    "AveragePool", x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1
                )
            case nn.ReLU():
                return self.graph.add("Relu", x)
            case nn.AdaptiveAvgPool2d():
                return self.graph.add("GlobalAveragePool", x)
            case nn.Flatten():
                return self.graph.add("Flatten", x)
            case nn.Identity() | nn.Dropout():
                return x
        raise NotImplementedError(type(module).__name__)

    def norm(self, x: str, module: nn.BatchNorm2d) -> str:
        assert module.running_mean is not None and module.running_var is not None
        vectors = (module.weight, module.bias, module.running_mean, module.running_var)
        names = [self.weight(vector) for vector in vectors]
        return self.graph.add("BatchNormalization", x, *names, epsilon=module.eps)

    def heads(self, x: str, network: FaceNetwork) -> list[str]:
        features = self.module(x, network.trunk)
        return [self.module(features, head) for head in network.heads]

    def number(self, value: float) -> str:
        return self.array(np.array(value, np.float32))


def emotion_onnx(scores: EmotionScores, side_px: int = 48) -> bytes:
    """Write `scores` `(n, 7)` and `ferplus` `(n, 8)` of `crops` `(n, 1, side_px, side_px)`."""
    layers = _Layers()
    graph = layers.graph
    ours, ferplus = layers.heads("crops", scores.network)
    graph.add("Softmax", ferplus, output="ferplus", axis=1)
    order = layers.array(np.array(FERPLUS_TO_OURS, np.int64))
    mapped = graph.add("Softmax", graph.add("Gather", ferplus, order, axis=1), axis=1)
    plain = graph.add("Softmax", ours, axis=1)
    share = float(scores.ferplus_share)
    blend = graph.add(
        "Add",
        graph.add("Mul", plain, layers.number(1 - share)),
        graph.add("Mul", mapped, layers.number(share)),
    )
    log = graph.add("Div", graph.add("Log", blend), layers.number(float(scores.temperature)))
    graph.add("Softmax", log, output="scores", axis=1)
    outputs = [("scores", EMOTION_CLASSES), ("ferplus", FERPLUS_CLASSES)]
    return graph.to_bytes("moodtrace_emotion", side_px, outputs, ir_version=IR_VERSION)


def age_onnx(scores: AgeScores, side_px: int = 64) -> bytes:
    """Write `years` `(n, 101)`, `bands` `(n, 8)` and `mean` `(n, 1)` of `crops`."""
    layers = _Layers()
    graph = layers.graph
    (logits,) = layers.heads("crops", scores.network)
    cooled = graph.add("Div", logits, layers.number(float(scores.temperature)))
    years = graph.add("Softmax", cooled, output="years", axis=1)
    bands = band_matrix().numpy()
    graph.add("MatMul", years, layers.array(bands), output="bands")
    numbers = np.arange(YEARS, dtype=np.float32)[:, None]
    graph.add("MatMul", years, layers.array(numbers), output="mean")
    outputs = [("years", YEARS), ("bands", bands.shape[1]), ("mean", 1)]
    return graph.to_bytes("moodtrace_age", side_px, outputs, ir_version=IR_VERSION)
