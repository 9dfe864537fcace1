"""A detector's network on ONNX Runtime, on the CPU."""

from pathlib import Path

import cv2
import numpy as np

from models import engine
from models.detectors.detector import Image


class OnnxNetwork:
    """YuNet or CenterFace; see `Network`.

    Pictures go through one by one: on 2 cores a batch of 8 is slower per picture, for YuNet at
    960 x 544 (7.2 ms beside 3.6) as for CenterFace at 640 x 384 (26.0 beside 22.0); a picture's
    layers fit the cache, those of a batch do not.
    """

    batch = 1

    def __init__(self, model: Path | bytes, *, is_rgb: bool, threads: int) -> None:
        """Open the network.

        Args:
            model: an ONNX file, or its content.
            is_rgb: whether the network wants red first.
            threads: how many share a picture.

        Raises:
            ConfigurationError: the weights can't be run.
        """
        self._is_rgb = is_rgb
        self._run = engine.load(model, threads)

    def __call__(self, boxed: Image) -> list[engine.Array]:
        """Look for faces; see `Network`."""
        (picture,) = boxed
        blob = cv2.dnn.blobFromImage(picture, swapRB=self._is_rgb)
        return self._run(np.asarray(blob, np.float32))
