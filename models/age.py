"""Estimates the ages of face crops as shares of age bands; knows nothing of where they were cut."""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models import engine
from models.crop_network import CropNetwork
from models.registry import Card
from moodtrace.labels import AGE_BANDS

BANDS: Final = AGE_BANDS[:-1]
"""All bands but `unknown`."""


class AgeNetwork:
    """One age model, ready to run on square gray crops of its input size."""

    def __init__(self, card: Card, path: Path, *, threads: int = engine.THREADS) -> None:
        self.card = card
        self._run = CropNetwork(card, path, threads=threads)
        self._band_of_year = np.array([_in_bands(int(year)) for year in card.labels], np.float32)

    def __call__(self, crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Estimate in which band each face is.

        Args:
            crops: `(n, 64, 64) uint8` gray.

        Returns:
            `(n, 8) float32`, 0 to 1, rows sum to 1, in the order of `BANDS`; `(0, 8)` if n is 0.

        Raises:
            NonFiniteError: the network gave NaN or infinity.
        """
        shares: npt.NDArray[np.float32] = self._run(crops)[0] @ self._band_of_year
        return shares


def _in_bands(year: int) -> list[bool]:
    """Say for each band whether it holds an age in years."""
    return [_first(band) <= year <= _last(band) for band in BANDS]


def _first(band: str) -> int:
    return int(band.partition("-")[0].rstrip("+"))


def _last(band: str) -> float:
    return float("inf") if band.endswith("+") else int(band.partition("-")[2])
