"""What a detector's network is to the arithmetic around it: letterboxed pictures in, heads out."""

from typing import Protocol

from models.detectors.detector import Image
from models.engine import Array


class Network(Protocol):
    """One network on one engine and device."""

    batch: int
    """Pictures that it takes at once, at most."""

    def __call__(self, boxed: Image) -> list[Array]:
        """Look for faces.

        Args:
            boxed: `(n, h, w, 3) uint8` BGR; n is 1 to `batch`, h and w are multiples of 32.

        Returns:
            The heads in the order of the ONNX file, `(n, …) float32` each. A picture's do not
            depend on the others.

        Raises:
            NonFiniteError: a number is NaN or infinite.
        """
        ...
