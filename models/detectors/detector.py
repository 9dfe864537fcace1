"""What every face detector is to its callers: pictures in, detections out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.detections import Detections
from models.registry import Card

Image = npt.NDArray[np.uint8]


class Detector(Protocol):
    """One detector, ready to run on pictures of any size."""

    card: Card

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces.

        Args:
            images: each `(h, w, 3) uint8` BGR; sizes may differ.

        Returns:
            One per picture; boxes are cut at the picture's edges. No pictures give none.

        Raises:
            NonFiniteError: the network gave NaN or infinity for a picture.
        """
        ...
