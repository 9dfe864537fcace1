"""Scores the emotions of face crops; knows nothing of where they were cut from."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.crop_network import open_crop_network
from models.datasets.vocabulary import FERPLUS
from models.engine import THREADS, Device, Engine
from models.pictures import Crops
from models.registry import Card


class Emotions(NamedTuple):
    """What a network says of n faces."""

    scores: npt.NDArray[np.float32]
    """`(n, 7)`, 0 to 1, rows sum to 1, in `EMOTIONS` order."""
    contempt: npt.NDArray[np.bool_]
    """`(n,)` whether contempt, which is none of the seven, is what fits a face best."""


class EmotionNetwork:
    """One emotion model, ready to run on square gray crops of its input size."""

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

    def __call__(self, crops: Crops) -> Emotions:
        """Score crops.

        Args:
            crops: `(n, side, side) uint8` gray, of the card's input size.

        Returns:
            The scores; no face shows contempt to a network that does not know it.

        Raises:
            NonFiniteError: the network gave NaN or infinity.
        """
        outputs = dict(zip(self.card.outputs, self._run(crops), strict=True))
        if "ferplus" not in outputs:
            return Emotions(outputs["scores"], np.zeros(len(crops), np.bool_))
        contempt = outputs["ferplus"].argmax(axis=1) == FERPLUS.index("contempt")
        return Emotions(outputs["scores"], contempt)
