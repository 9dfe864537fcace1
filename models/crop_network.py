"""Runs a network over face crops in batches of one shape; knows nothing of what comes out."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models import engine
from models.registry import Card

BATCH_FACES: Final = 16
"""On 2 cores a face takes 0.14 ms in a full batch of 16 or 32, 0.18 in one of 8, 0.25 alone;
a batch of 32 would make the few faces of a small room wait for the padding of many."""


class CropNetwork:
    """One network of gray crops, ready to run."""

    def __init__(self, card: Card, path: Path, *, threads: int = engine.THREADS) -> None:
        self.card = card
        self._run = engine.load(path, threads)

    def __call__(self, crops: npt.NDArray[np.uint8]) -> list[engine.Array]:
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
        batch = np.zeros((BATCH_FACES, 1, *crops.shape[1:]), np.float32)
        parts: list[list[engine.Array]] = []
        for start in range(0, max(len(crops), 1), BATCH_FACES):  # no face: shapes all the same
            faces = crops[start : start + BATCH_FACES]
            batch[: len(faces), 0] = faces * factor + offset
            batch[len(faces) :] = 0
            parts.append([output[: len(faces)] for output in self._run(batch)])
        return [np.concatenate(output) for output in zip(*parts, strict=True)]
