"""MTCNN's cascade: a pyramid of pictures, then crops of ever fewer windows; see `mtcnn_nets`.

Pyramid, thresholds and suppression are the authors'
(github.com/kpzhang93/MTCNN_face_detection_alignment).
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from models.boxes import suppress, suppress_parts
from models.crops import cut
from models.detections import Detections
from models.detectors import mtcnn_nets
from models.detectors.detector import Image
from models.engine import require_finite
from models.letterbox import fitted, resized
from models.registry import Card
from models.torch_threads import torch_threads

Array = npt.NDArray[np.float32]
Network = Callable[[torch.Tensor], tuple[torch.Tensor, ...]]

MIN_FACE_PX: Final = 20
SHRINK: Final = 0.709
"""Side of a level of the pyramid / side of the one before: half the area."""
WINDOW_PX: Final = 12
"""Side of what P-Net sees at once."""
STRIDE_PX: Final = 2
"""From one such window to the next."""
REFINED_PX: Final = 24
OUTPUT_PX: Final = 48
MIN_PROPOSED: Final = 0.6
MIN_REFINED: Final = 0.7
MAX_IOU_IN_LEVEL: Final = 0.5
MAX_IOU: Final = 0.7
"""Between levels, and after R-Net; after O-Net the share of the smaller box."""

CHUNK: Final = 32
"""Crops that go through a network together; the last chunk is filled up, so that torch adds up
the same way whatever is beside a crop."""
LEVEL_PICTURES: Final = 4
LEVEL_PX: Final = 2**15
"""Pictures go through small levels together, up to so many and so many pixels: more of them fall
out of the cache (577 x 327 px: 11 ms for each alone, 23 for each of eight)."""
THREADS: Final = 1
"""torch's threads spin while they wait: beside other work 2 take five times as long as 1 does."""


class MtcnnDetector:
    """MTCNN; see `Detector`."""

    def __init__(
        self,
        card: Card,
        path: Path,
        height_px: int,
        width_px: int,
        min_score: float,
        min_face_px: int = MIN_FACE_PX,
    ) -> None:
        """Read the networks; see `open_detector`.

        `min_face_px` is the smallest face that is looked for, in pixels of the scaled picture.

        Raises:
            ConfigurationError: the file holds something else.
        """
        self.card = card
        self.height_px = height_px
        self.width_px = width_px
        self.min_score = min_score
        self.min_face_px = min_face_px
        self._nets = mtcnn_nets.read(path)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces; see `Detector`."""
        if not images:
            return []
        sized = [fitted(image, self.height_px, self.width_px) for image in images]
        pictures = [picture for picture, _ in sized]
        with torch.inference_mode(), torch_threads(THREADS):
            squares = self._refine(pictures, self._propose(pictures))
            found = self._output(pictures, squares)
        return [
            detections.in_picture(image, scale)
            for detections, image, (_, scale) in zip(found, images, sized, strict=True)
        ]

    def _propose(self, pictures: Sequence[Image]) -> list[Array]:
        """Return for each picture the squares `(n, 4)` that may be faces."""
        windows: list[list[Array]] = [[] for _ in pictures]
        for shape in dict.fromkeys(picture.shape for picture in pictures):
            numbers = [number for number, picture in enumerate(pictures) if picture.shape == shape]
            alike = [pictures[number] for number in numbers]
            for scale in pyramid(min(shape[:2]), self.min_face_px):
                for number, found in zip(numbers, self._look(alike, scale), strict=True):
                    windows[number].append(found)
        return [_proposed(found) for found in windows]

    def _look(self, pictures: Sequence[Image], scale: float) -> Iterator[Array]:
        """Give for each picture of one shape the windows `(n, 9)`: box, score, offsets."""
        height, width = (int(side_px * scale + 1) for side_px in pictures[0].shape[:2])
        level = np.stack([resized(picture, width, height) for picture in pictures])
        together = min(LEVEL_PICTURES, max(1, LEVEL_PX // (height * width)))
        for scores, offsets in zip(*_run(self._nets.pnet, level, together), strict=True):
            rows, columns = np.nonzero(scores >= MIN_PROPOSED)
            chosen = scores[rows, columns]
            # The authors count pixels from 1, in the level as in the picture.
            first = STRIDE_PX * np.stack([columns, rows], axis=1) + 1
            corners = np.floor(first / scale) - 1, np.floor((first + WINDOW_PX - 1) / scale)
            xyxy = np.concatenate(corners, axis=1).astype(np.float32)
            found = np.column_stack([xyxy, chosen, offsets[:, rows, columns].T])
            yield found[suppress(xyxy, chosen, MAX_IOU_IN_LEVEL)]

    def _refine(self, pictures: Sequence[Image], squares: Sequence[Array]) -> list[Array]:
        """Return for each picture fewer and better squares."""
        refined = []
        judged = _judge(self._nets.rnet, pictures, squares, REFINED_PX)
        for xyxy, (scores, offsets) in zip(squares, judged, strict=True):
            kept = np.flatnonzero(scores > MIN_REFINED)
            kept = kept[suppress(xyxy[kept], scores[kept], MAX_IOU)]
            refined.append(_squares(_moved(xyxy[kept], offsets[kept])))
        return refined

    def _output(self, pictures: Sequence[Image], squares: Sequence[Array]) -> list[Detections]:
        """Return the faces of each picture."""
        found = []
        judged = _judge(self._nets.onet, pictures, squares, OUTPUT_PX)
        for square, (scores, offsets, points) in zip(squares, judged, strict=True):
            xyxy = _moved(square, offsets)
            sides_px = square[:, 2:] - square[:, :2]
            landmarks = square[:, None, :2] + points.transpose(0, 2, 1) * sides_px[:, None]
            faces = Detections(xyxy, scores, landmarks).take(scores >= self.min_score)
            found.append(faces.take(suppress_parts(faces.xyxy, faces.scores, MAX_IOU)))
        return found


def pyramid(shorter_px: int, min_face_px: int) -> Iterator[float]:
    """Give the scales of a picture's levels, largest first, by its shorter side."""
    scale = WINDOW_PX / min_face_px
    while shorter_px * scale >= WINDOW_PX:
        yield scale
        scale *= SHRINK


def _proposed(levels: Sequence[Array]) -> Array:
    """Join the windows of all levels, and move them as P-Net says."""
    windows = np.concatenate([np.empty((0, 9), np.float32), *levels])
    windows = windows[suppress(windows[:, :4], windows[:, 4], MAX_IOU)]
    return _squares(_moved(windows[:, :4], windows[:, 5:]))


def _moved(xyxy: Array, offsets: Array) -> Array:
    """Move the edges of boxes by offsets in sides of the box."""
    moved: Array = xyxy + offsets * np.tile(xyxy[:, 2:] - xyxy[:, :2], 2)
    return moved


def _squares(xyxy: Array) -> Array:
    """Return the squares around the centres of boxes, as wide as their longer side."""
    centres = (xyxy[:, :2] + xyxy[:, 2:]) / 2
    halves = (xyxy[:, 2:] - xyxy[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def _judge(
    network: Network, pictures: Sequence[Image], squares: Sequence[Array], side_px: int
) -> Iterator[tuple[Array, ...]]:
    """Give what a network says of the squares of each picture."""
    crops = [cut(picture, xyxy, side_px) for picture, xyxy in zip(pictures, squares, strict=True)]
    ends = np.cumsum([len(xyxy) for xyxy in squares])[:-1]
    outputs = _run(network, np.concatenate(crops), CHUNK)
    return zip(*(np.split(output, ends) for output in outputs), strict=True)


def _run(network: Network, pictures: Image, together: int) -> list[Array]:
    """Run a network on `(n, h, w, 3)` BGR, so many together; none are one chunk of filling."""
    count = len(pictures)
    chunks = max(1, -(-count // together))
    filled = np.zeros((chunks * together, *pictures.shape[1:]), np.uint8)
    filled[:count] = pictures
    parts = [network(_input(chunk)) for chunk in np.split(filled, chunks)]
    outputs = [torch.cat(part)[:count].numpy() for part in zip(*parts, strict=True)]
    require_finite(*outputs)
    return outputs


def _input(pictures: Image) -> torch.Tensor:
    """Return `(n, 3, h, w)` RGB from -1 to 1; channels stay last in memory, which is faster."""
    rgb = torch.from_numpy(np.ascontiguousarray(pictures[..., ::-1]))
    return (rgb.permute(0, 3, 1, 2) - 127.5) / 128
