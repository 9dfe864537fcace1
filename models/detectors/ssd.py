"""OpenCV's face detector of 2017: SSD on a small residual network; knows nothing of weights' homes.

Liu et al.: "SSD: Single Shot MultiBox Detector" (arXiv 1512.02325). It was made for 300 x 300 px,
where a small face is lost; being convolutional, it runs on pictures of any size.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from models.boxes import longer_sides, shared_of_smaller, suppress
from models.detections import Detections
from models.detectors.detector import Image
from models.engine import require_finite
from models.letterbox import Scale, letterbox
from models.registry import Card
from moodtrace.errors import ConfigurationError

MEAN_BGR: Final = (104.0, 177.0, 123.0)
"""Taken off the pixels, as OpenCV's own samples do."""
STEPS: Final = {b"step: 100": b"step: 64", b"step: 300": b"step: 64"}
"""The two coarsest layers of boxes lie 64 px apart like the layer before; that the file says
otherwise is right at 300 x 300 px alone. As it is, a face of 320 px comes with 13 false ones."""
MAX_IOU: Final = 0.3
"""Boxes that overlap more are one face."""

SMALLER: Final = 3
"""Large faces are found in the picture a third of the size, for a ninth of the time."""
LARGE_PX: Final = 160
LARGE_SCORE: Final = 0.5
"""Only larger boxes are taken from there, of this score or more: they put out what lies inside."""
LARGEST_PX: Final = 320
"""Only smaller boxes are taken from the picture at full size: the largest that the network has is
315 px, and larger faces fall into parts."""
MAX_INSIDE: Final = 0.5
"""A box of which more lies in a large face is a part of it."""


class SsdDetector:
    """OpenCV's SSD; see `Detector`."""

    def __init__(
        self, card: Card, path: Path, height_px: int, width_px: int, min_score: float
    ) -> None:
        """Read the network; see `open_detector`.

        Raises:
            ConfigurationError: the files are no such network.
        """
        self.card = card
        self.height_px = height_px
        self.width_px = width_px
        self.min_score = min_score
        layers = path.with_name(card.companions[0].file)
        # One for each size: a network makes all its buffers anew where its input's shape changes.
        self._full, self._small = _read(layers, path), _read(layers, path)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces, one picture after the other; see `Detector`."""
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Detections:
        (full,), (scale,) = letterbox([image], self.height_px, self.width_px)
        (small,), (less,) = letterbox([image], self.height_px // SMALLER, self.width_px // SMALLER)
        faces = self._look(self._full, full, np.ones(2, np.float32))
        large = self._look(self._small, small, scale / less)
        large = large.take((longer_sides(large.xyxy) > LARGE_PX) & (large.scores >= LARGE_SCORE))
        is_part = shared_of_smaller(faces.xyxy, large.xyxy).max(axis=1, initial=0) > MAX_INSIDE
        faces = faces.take((longer_sides(faces.xyxy) < LARGEST_PX) & ~is_part)
        xyxy = np.concatenate([large.xyxy, faces.xyxy])
        found = Detections.without_landmarks(xyxy, np.concatenate([large.scores, faces.scores]))
        found = found.take(suppress(found.xyxy, found.scores, MAX_IOU))
        return found.in_picture(image, scale)

    def _look(self, network: cv2.dnn.Net, picture: Image, zoom: Scale) -> Detections:
        """Return what the network finds in a picture, in its pixels times zoom."""
        network.setInput(cv2.dnn.blobFromImage(picture, mean=MEAN_BGR))
        rows = np.asarray(network.forward(), np.float32).reshape(-1, 7)
        require_finite(rows)
        rows = rows[rows[:, 2] >= self.min_score]
        height, width = picture.shape[:2]
        side_px = np.tile(np.asarray([width, height], np.float32) * zoom, 2)
        return Detections.without_landmarks(rows[:, 3:] * side_px, rows[:, 2])


def _read(layers: Path, weights: Path) -> cv2.dnn.Net:
    try:
        text = layers.read_bytes()
        for step, real in STEPS.items():
            text = text.replace(step, real)
        buffers = (np.frombuffer(content, np.uint8) for content in (text, weights.read_bytes()))
        return cv2.dnn.readNetFromCaffe(*buffers)
    except (OSError, cv2.error) as error:
        raise ConfigurationError(
            f"{weights.name} and {layers.name} hold no network",
            where=str(weights.parent),
            try_this="remove both and run `moodtrace models pull ssd`",
        ) from error
