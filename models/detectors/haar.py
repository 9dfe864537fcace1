"""The cascade of Haar features that comes with OpenCV; knows nothing of weights' homes.

Viola and Jones: "Rapid Object Detection using a Boosted Cascade of Simple Features" (CVPR 2001),
with trees and gentle boosting: Lienhart, Kuranov, Pisarevsky (DAGM 2003).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from models.boxes import suppress
from models.detections import Detections
from models.detectors.detector import Image
from models.letterbox import fitted
from models.registry import Card
from moodtrace.errors import ConfigurationError

SHRINK: Final = 1.1
"""From one size that is looked for to the next; as the rest, OpenCV's default."""
MIN_NEIGHBOURS: Final = 3
"""So many windows or more that pass at nearly one place are a face."""
LAST_STAGE: Final = 53.75556945800781
"""What the sum of the last stage's trees must reach, out of the cascade's file."""
MAX_IOU: Final = 0.3
"""Groups of windows that overlap more are one face."""


class HaarDetector:
    """A cascade of Haar features; see `Detector`."""

    def __init__(
        self, card: Card, path: Path, height_px: int, width_px: int, min_score: float
    ) -> None:
        """Read the cascade; see `open_detector`.

        Raises:
            ConfigurationError: the file is no cascade.
        """
        self.card = card
        self.height_px = height_px
        self.width_px = width_px
        self.min_score = min_score
        self._cascade = _read(path)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces, one picture after the other; see `Detector`."""
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Detections:
        picture, scale = fitted(image, self.height_px, self.width_px)
        gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        xywh, _, sums = self._cascade.detectMultiScale3(
            gray, scaleFactor=SHRINK, minNeighbors=MIN_NEIGHBOURS, outputRejectLevels=True
        )
        boxes = np.asarray(xywh, np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        scores = certainty(np.asarray(sums, np.float32))
        found = Detections.without_landmarks(boxes, scores).take(scores >= self.min_score)
        found = found.take(suppress(found.xyxy, found.scores, MAX_IOU))
        return found.in_picture(image, scale)


def certainty(sums: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Map sums of the last stage onto 0 to 1: the more above what they must reach, the nearer to 1.

    The sums order windows and are no likelihoods, and neither is this.
    """
    return np.asarray(-np.expm1(np.minimum(0, LAST_STAGE - sums)), np.float32)


def _read(path: Path) -> cv2.CascadeClassifier:
    cascade = cv2.CascadeClassifier()
    try:
        is_read = cascade.load(str(path))
    except cv2.error:
        is_read = False
    if not is_read:
        raise ConfigurationError(
            f"{path.name} is no cascade of OpenCV",
            where=str(path),
            try_this="install opencv-python-headless again",
        )
    return cascade
