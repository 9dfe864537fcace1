"""Runs networks over face crops in batches of one shape; knows nothing of what comes out."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from models.engine import THREADS, Array, Device, Engine, load, require_cpu
from models.pictures import Crops, in_memory
from models.registry import Card
from moodtrace.torch_extra import torch_extra

Run = Callable[[Crops], list[Array]]
"""Takes crops of the card's input size, gives all outputs in the file's order."""

BATCH_FACES: Final = 16
"""On 2 cores a face takes 0.14 ms in a full batch of 16 or 32, 0.18 in one of 8, 0.25 alone;
a batch of 32 would make the few faces of a small room wait for the padding of many."""


def open_crop_network(
    card: Card,
    path: Path,
    *,
    threads: int = THREADS,
    engine: Engine = "onnx",
    device: Device = "cpu",
) -> Run:
    """Open a network of gray crops.

    Args:
        card: a model whose input size is fixed.
        path: its checked weights.
        threads: how many share a batch, in ONNX Runtime; torch takes one.
        engine: what runs it; torch knows our own networks alone.
        device: what computes; only torch knows another than the CPU.

    Raises:
        ConfigurationError: the weights can't be run, there is no such device, or the `torch` extra
            is not installed.
    """
    if engine == "torch":
        with torch_extra("the engine torch"):
            from models.torch_crop_network import TorchCropNetwork
        return TorchCropNetwork(card, path, device=device)
    require_cpu(device)
    return CropNetwork(card, path, threads=threads)


class CropNetwork:
    """One network of gray crops on ONNX Runtime, ready to run."""

    def __init__(self, card: Card, path: Path, *, threads: int = THREADS) -> None:
        self.card = card
        self._run = load(path, threads)

    def __call__(self, crops: Crops) -> list[Array]:
        """Score crops.

        The network always sees whole batches of one shape, padded with gray, so that
        a face's scores never depend on how many faces are beside it.

        Args:
            crops: `(n, side, side) uint8` gray, of the card's input size.

        Returns:
            All outputs in the file's order, `(n, …) float32` each.

        Raises:
            NonFiniteError: the network gave NaN or infinity.
        """
        factor, offset = (np.float32(number) for number in self.card.scaling)
        gray = in_memory(crops)
        batch = np.zeros((BATCH_FACES, 1, *gray.shape[1:]), np.float32)
        parts: list[list[Array]] = []
        for start in range(0, max(len(gray), 1), BATCH_FACES):  # no face: shapes all the same
            faces = gray[start : start + BATCH_FACES]
            batch[: len(faces), 0] = faces * factor + offset
            batch[len(faces) :] = 0
            parts.append([output[: len(faces)] for output in self._run(batch)])
        return [np.concatenate(output) for output in zip(*parts, strict=True)]
