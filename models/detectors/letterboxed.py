"""Detectors that look at pictures letterboxed into one fixed shape, on any engine."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from models.boxes import suppress
from models.detections import Detections
from models.detectors import centerface, yunet
from models.detectors.detector import Image
from models.detectors.network import Network
from models.detectors.onnx_network import OnnxNetwork
from models.engine import Array, Device, Engine, require_cpu, require_finite
from models.letterbox import letterbox
from models.registry import Card
from moodtrace.torch_extra import torch_extra

MAX_IOU: Final = 0.3
"""Detections that overlap more are one face; both networks' authors use it."""

PARTS: Final = {"yunet": yunet, "centerface": centerface}
"""By card id: the module that readies the file and decodes the heads."""


class LetterboxedDetector:
    """YuNet or CenterFace; see `Detector`."""

    def __init__(
        self, card: Card, network: Network, height_px: int, width_px: int, min_score: float
    ) -> None:
        """Put the card's network to work; see `open_detector`."""
        self.card = card
        self.height_px = height_px
        self.width_px = width_px
        self.min_score = min_score
        self._decode = PARTS[card.id].decode
        self._network = network

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces; see `Detector`."""
        starts = range(0, len(images), self._network.batch)
        batches = (images[start : start + self._network.batch] for start in starts)
        return [found for batch in batches for found in self._detect(batch)]

    def _detect(self, images: Sequence[Image]) -> Iterator[Detections]:
        """Give the detections of a batch's pictures."""
        boxed, scales = letterbox(images, self.height_px, self.width_px)
        heads = self._network(boxed)
        for row, (image, scale) in enumerate(zip(images, scales, strict=True)):
            yield self._found([head[row : row + 1] for head in heads], image, scale)

    def _found(self, heads: Sequence[Array], image: Image, scale: Array) -> Detections:
        """Turn the heads of one picture into its detections, in its own pixels."""
        found: Detections = self._decode(heads, self.height_px, self.width_px, self.min_score)
        require_finite(found.xyxy, found.landmarks)
        found = found.take(suppress(found.xyxy, found.scores, MAX_IOU))
        return found.in_picture(image, scale)


def open_network(card: Card, path: Path, engine: Engine, device: Device, threads: int) -> Network:
    """Open YuNet's or CenterFace's network; see `open_detector`.

    Raises:
        ConfigurationError: the weights can't be run, the engine can't use the device, or the
            `torch` extra is not installed.
    """
    if engine == "torch":
        with torch_extra("the engine torch"):
            from models.detectors.torch_network import TorchNetwork
        return TorchNetwork(card, path, device=device)
    require_cpu(device)
    model = PARTS[card.id].runnable(path)
    return OnnxNetwork(model, is_rgb=card.colours == "RGB", threads=threads)
