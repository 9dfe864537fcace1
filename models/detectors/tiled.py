"""A detector that looks at a large frame in tiles and at the whole; knows no network.

Small faces are found in the tiles, large ones in the picture scaled down, as by Akyon, Altinuc and
Temizel: "Slicing Aided Hyper Inference and Fine-tuning for Small Object Detection" (arXiv
2202.06934). Unlike there, boxes cut by a tile's edge are dropped, not merged: the overlap is made
so that the whole face is seen elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.boxes import longer_sides, suppress
from models.detections import Detections
from models.detectors import Device, Engine, open_detector
from models.detectors.detector import Detector, Image
from models.detectors.letterboxed import MAX_IOU
from models.engine import THREADS
from models.letterbox import fitted
from models.registry import Card
from models.tiling import Tile, Tiling
from moodtrace.errors import ConfigurationError


def open_tiled(
    card: Card,
    path: Path,
    tiling: Tiling,
    *,
    min_score: float | None = None,
    threads: int = THREADS,
    engine: Engine = "onnx",
    device: Device = "cpu",
) -> Detector:
    """Open the detector of a card at the size of a tile; a single tile needs nothing else.

    Args:
        card: a detector's.
        path: its checked weights.
        tiling: how pictures are cut once they are scaled to fit it.
        min_score: a lower score is no face; the card's if None.
        threads: how many threads share the work.
        engine: what runs the network.
        device: what computes.

    Raises:
        ConfigurationError: tiles are too small, or the detector can't be opened.
    """
    detector = open_detector(
        card,
        path,
        height_px=tiling.tile_height_px,
        width_px=tiling.tile_width_px,
        min_score=min_score,
        threads=threads,
        engine=engine,
        device=device,
    )
    return detector if tiling.columns == tiling.rows == 1 else Tiled(detector, tiling)


class Tiled:
    """Another detector, on the tiles of each picture and on the whole; see `Detector`."""

    def __init__(self, detector: Detector, tiling: Tiling) -> None:
        """Wrap a detector that looks at pictures at the size of a tile.

        Raises:
            ConfigurationError: more than half of each tile is overlap, which only costs time.
        """
        if 2 * tiling.overlap_px > min(tiling.tile_height_px, tiling.tile_width_px):
            raise ConfigurationError(
                f"{tiling.columns} x {tiling.rows} tiles of {tiling.width_px} x "
                f"{tiling.height_px} px are smaller than twice what they have to overlap",
                where=f"detector {detector.card.id}",
                try_this="cut into fewer (MOODTRACE_ANALYSIS_TILES), or analyse larger frames",
            )
        self.card = detector.card
        self._detector = detector
        self._tiling = tiling

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        """Detect faces; all tiles of all pictures go to the detector together."""
        tiling = self._tiling
        sized = [fitted(image, tiling.height_px, tiling.width_px) for image in images]
        cuts = [tiling.tiles(*picture.shape[:2]) for picture, _ in sized]
        views = [
            view
            for (picture, _), tiles in zip(sized, cuts, strict=True)
            for view in (picture, *(tile.of(picture) for tile in tiles))
        ]
        found = iter(self._detector(views))
        return [
            self._merged(picture, next(found), [(tile, next(found)) for tile in tiles]).in_picture(
                image, scale
            )
            for image, (picture, scale), tiles in zip(images, sized, cuts, strict=True)
        ]

    def _merged(
        self, picture: Image, whole: Detections, parts: list[tuple[Tile, Detections]]
    ) -> Detections:
        """Choose among what was found in a picture and in its tiles; in its pixels."""
        if parts:
            least_px = self._tiling.least_whole_px(*picture.shape[:2])
            whole = whole.take(longer_sides(whole.xyxy) >= least_px)
        every = _together([whole, *(_held_whole(tile, found) for tile, found in parts)])
        return every.take(suppress(every.xyxy, every.scores, MAX_IOU))


def _held_whole(tile: Tile, found: Detections) -> Detections:
    """Return what a tile holds whole, in pixels of the picture."""
    whole = found.take(tile.holds_whole(found.xyxy))
    corner = np.array(tile.xyxy[:2], np.float32)
    return Detections(whole.xyxy + np.tile(corner, 2), whole.scores, whole.landmarks + corner)


def _together(parts: Sequence[Detections]) -> Detections:
    """Return the detections of all parts as one; at least one part."""
    return Detections(
        np.concatenate([part.xyxy for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
    )
