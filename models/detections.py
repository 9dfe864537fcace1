"""What every detector gives for one picture, and what its network's decoder gives before that."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Detections:
    """The n detections of one picture, best score first; all numbers are finite."""

    xyxy: Array
    """`(n, 4) float32`: left, top, right, bottom in pixels of the picture."""
    scores: Array
    """`(n,) float32`, 0 to 1."""
    landmarks: Array
    """`(n, 5, 2) float32`, x and y in pixels; may lie outside the picture.

    In this order, left and right as the picture shows them: left eye, right eye, nose,
    left and right corner of the mouth.
    """

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> Self:
        """Return the detections of a picture without a face."""
        return cls(*(np.empty(shape, np.float32) for shape in ((0, 4), (0,), (0, 5, 2))))

    def take(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Detections":
        """Return those at the indices, or where the mask is true."""
        return Detections(self.xyxy[chosen], self.scores[chosen], self.landmarks[chosen])
