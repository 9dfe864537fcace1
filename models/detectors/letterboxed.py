"""Detectors that look at a picture letterboxed into one fixed shape, on ONNX Runtime.

Pictures go through the network one by one: on 2 cores a batch of 8 is slower per picture,
for YuNet at 960 x 544 (7.2 ms beside 3.6) as for CenterFace at 640 x 384 (26.0 beside 22.0);
a picture's layers fit the cache, those of a batch do not.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from models import engine
from models.boxes import suppress
from models.detections import Detections
from models.detectors import centerface, yunet
from models.detectors.detector import Image
from models.letterbox import letterbox
from models.registry import Card

MAX_IOU: Final = 0.3
"""Detections that overlap more are one face; both networks' authors use it."""

PARTS: Final = {"yunet": yunet, "centerface": centerface}
"""By card id: the module that readies the file and decodes the heads."""


class LetterboxedDetector:
    """YuNet or CenterFace; see `Detector`."""

    def __init__(
        self,
        card: Card,
        path: Path,
        height_px: int,
        width_px: int,
        min_score: float,
        threads: int,
    ) -> None:
        """Open the network; see `open_detector`.

        Raises:
            ConfigurationError: the weights can't be run.
        """
        self.card = card
        self.height_px = height_px
        self.width_px = width_px
        self.min_score = min_score
        self._part = PARTS[card.id]
        self._run = engine.load(self._part.runnable(path), threads)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces; see `Detector`."""
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Detections:
        boxed, scales = letterbox([image], self.height_px, self.width_px)
        swap = self.card.colours == "RGB"
        heads = self._run(np.asarray(cv2.dnn.blobFromImage(boxed[0], swapRB=swap), np.float32))
        found: Detections = self._part.decode(heads, self.height_px, self.width_px, self.min_score)
        engine.require_finite(found.xyxy, found.landmarks)
        found = found.take(suppress(found.xyxy, found.scores, MAX_IOU))
        return found.in_picture(image, scales[0])
