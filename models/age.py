"""Estimates the ages of face crops; knows nothing of where they were cut."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.crop_network import open_crop_network
from models.engine import THREADS, Device, Engine
from models.pictures import Crops
from models.registry import Card
from moodtrace.labels import AGE_BANDS

BANDS: Final = AGE_BANDS[:-1]
"""All bands but `unknown`."""


class Estimates(NamedTuple):
    """How old n faces look."""

    bands: npt.NDArray[np.float32]
    """`(n, 8)`, shares of 0 to 1, rows sum to 1, in the order of `BANDS`."""
    years: npt.NDArray[np.float32]
    """`(n,)`, mean of each face's distribution over the years."""


class AgeNetwork:
    """One age model, ready to run on square gray crops of its input size."""

    def __init__(
        self,
        card: Card,
        path: Path,
        *,
        threads: int = THREADS,
        engine: Engine = "onnx",
        device: Device = "cpu",
    ) -> None:
        """Open the network; see `open_crop_network`."""
        self.card = card
        self._run = open_crop_network(card, path, threads=threads, engine=engine, device=device)
        self._years = np.array(card.labels, np.float32)
        self._band_of_year = np.array([_in_bands(int(year)) for year in card.labels], np.float32)

    def __call__(self, crops: Crops) -> Estimates:
        """Estimate in which band each face is, and its age.

        Args:
            crops: `(n, 64, 64) uint8` gray.

        Raises:
            NonFiniteError: the network gave NaN or infinity.
        """
        shares = self._run(crops)[0]
        return Estimates(shares @ self._band_of_year, shares @ self._years)


def _in_bands(year: int) -> list[bool]:
    """Say for each band whether it holds an age in years."""
    return [_first(band) <= year <= _last(band) for band in BANDS]


def _first(band: str) -> int:
    return int(band.partition("-")[0].rstrip("+"))


def _last(band: str) -> float:
    return float("inf") if band.endswith("+") else int(band.partition("-")[2])
