"""What every detector gives for one picture, and what its network's decoder gives before that."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.boxes import clip

Array = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]


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
    left and right corner of the mouth. `(n, 0, 2)` of a detector that gives none.
    """

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def without_landmarks(cls, xyxy: Array, scores: Array) -> Self:
        """Return detections of which nothing but boxes and scores is known."""
        return cls(xyxy, scores, np.empty((len(scores), 0, 2), np.float32))

    @classmethod
    def none(cls) -> Self:
        """Return the detections of a picture without a face."""
        return cls(*(np.empty(shape, np.float32) for shape in ((0, 4), (0,), (0, 5, 2))))

    def in_picture(self, image: Image, scale: Array) -> "Detections":
        """Map what was found in a scaled picture onto the picture, and cut it at its edges.

        Args:
            image: the picture, `(h, w, ...)`.
            scale: `(2,)`, how much it had been scaled along x and along y.

        Returns:
            Those that lie in the picture and have an area there.
        """
        height, width = image.shape[:2]
        xyxy = clip(np.asarray(self.xyxy / np.tile(scale, 2), np.float32), height, width)
        inside = np.all(xyxy[:, 2:] > xyxy[:, :2], axis=1)
        return Detections(xyxy, self.scores, self.landmarks / scale).take(inside)

    def take(self, chosen: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Detections":
        """Return those at the indices, or where the mask is true."""
        return Detections(self.xyxy[chosen], self.scores[chosen], self.landmarks[chosen])
