"""Tiles find the small faces of a large frame, and count no face twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.boxes import iou, longer_sides
from models.detections import Detections
from models.detectors.tiled import Tiled, open_tiled
from models.letterbox import fitted
from models.registry import YUNET, Card
from models.tiling import Tiling
from moodtrace.errors import ConfigurationError

Array = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]
PathOf = Callable[[Card], Path]

TILING = Tiling(height_px=1088, width_px=1920, columns=3, rows=2)
FRAME = (1080, 1920, 3)


@dataclass
class SquareDetector:
    """Sees white rectangles on black, and is surer of small ones: the worst that tiles can meet.

    Like a network it sees what is 8 px or more in its own input.
    """

    tiling: Tiling
    card: Card = YUNET
    calls: list[int] = field(default_factory=list)

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        self.calls.append(len(images))
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Detections:
        seen, _ = fitted(image, self.tiling.tile_height_px, self.tiling.tile_width_px)
        scale = image.shape[1] / seen.shape[1]
        white = (seen[:, :, 0] > 127).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(white)
        corners = stats[1:, :2].astype(np.float32)
        xyxy = np.concatenate([corners, corners + stats[1:, 2:4]], axis=1).astype(np.float32)
        xyxy = xyxy[longer_sides(xyxy) >= 8] * np.float32(scale)
        xyxy = xyxy[np.argsort(longer_sides(xyxy), kind="stable")]
        scores = np.float32(1) / (1 + longer_sides(xyxy))
        return Detections(xyxy, scores, np.repeat(xyxy[:, None, :2], 5, axis=1))


def painted(*boxes: tuple[int, int, int, int]) -> Image:
    frame = np.zeros(FRAME, np.uint8)
    for left, top, right, bottom in boxes:
        frame[top:bottom, left:right] = 255
    return frame


def edges(tiling: Tiling) -> tuple[int, int]:
    """The right and lower edge of the first tile."""
    _, _, right, bottom = tiling.tiles(*FRAME[:2])[0].xyxy
    return right, bottom


@pytest.mark.parametrize("side", [8, 20, 40, 60, 80, 120, 200, 400])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_a_face_on_an_inner_edge_is_found_once_and_whole(side: int, share: float) -> None:
    right, bottom = edges(TILING)
    left, top = round(right - share * side), round(bottom - share * side)
    box = (left, top, left + side, top + side)

    (found,) = Tiled(SquareDetector(TILING), TILING)([painted(box)])

    assert len(found) == 1
    assert np.abs(found.xyxy[0] - box).max() <= 3  # the whole picture is seen at a third
    assert np.abs(found.landmarks[0] - box[:2]).max() <= 3


def test_no_face_of_a_crowd_is_lost_or_counted_twice() -> None:
    rng = np.random.default_rng(11)
    boxes = []
    for top in range(0, 1000, 120):  # a grid apart enough that rectangles never touch
        for left in range(0, 1800, 120):
            width, height = rng.integers(8, 100, 2).tolist()
            x, y = left + int(rng.integers(0, 15)), top + int(rng.integers(0, 15))
            boxes.append((x, y, x + width, y + height))

    (found,) = Tiled(SquareDetector(TILING), TILING)([painted(*boxes)])

    overlaps = iou(np.array(boxes, np.float32), found.xyxy) >= 0.4
    assert overlaps.sum(axis=1).tolist() == [1] * len(boxes)
    assert len(found) == len(boxes)
    assert (np.diff(found.scores) <= 0).all()


def test_all_tiles_of_all_pictures_go_to_the_detector_together() -> None:
    detector = SquareDetector(TILING)
    tiled = Tiled(detector, TILING)
    one, two = painted((100, 100, 120, 120)), painted((1000, 700, 1040, 740))

    apart = [tiled([one])[0], tiled([two])[0]]
    detector.calls.clear()
    together = tiled([one, two])

    assert detector.calls == [2 * (1 + 6)]
    for alone, beside in zip(apart, together, strict=True):
        assert np.array_equal(alone.xyxy, beside.xyxy)


def test_a_frame_of_another_size_is_scaled_to_fit_first() -> None:
    small = np.asarray(cv2.resize(painted((960, 540, 1000, 580)), (960, 540)), np.uint8)

    (found,) = Tiled(SquareDetector(TILING), TILING)([small])

    assert np.abs(found.xyxy - [[480, 270, 500, 290]]).max() <= 1


def test_no_pictures_give_no_detections_and_a_black_one_none() -> None:
    tiled = Tiled(SquareDetector(TILING), TILING)

    (nobody,) = tiled([painted()])

    assert tiled([]) == []
    assert nobody.xyxy.shape == (0, 4)
    assert nobody.landmarks.shape == (0, 5, 2)


def test_tiles_that_are_mostly_overlap_are_refused() -> None:
    tiling = Tiling(height_px=544, width_px=960, columns=6, rows=6)

    with pytest.raises(ConfigurationError, match="6 x 6 tiles of 960 x 544 px"):
        Tiled(SquareDetector(tiling), tiling)


def test_one_tile_is_the_detector_itself(path_of: PathOf) -> None:
    whole = Tiling(height_px=544, width_px=960, columns=1, rows=1)

    assert not isinstance(open_tiled(YUNET, path_of(YUNET), whole), Tiled)
