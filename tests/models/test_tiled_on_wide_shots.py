"""On a wide shot made of real photos, tiles find nearly every face of 20 px, and each once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from models.boxes import iou, longer_sides
from models.detections import Detections
from models.detectors.tiled import open_tiled
from models.evaluation.detection import MIN_IOU, match
from models.evaluation.group_photos import Photo, read_photos
from models.evaluation.wide_shot import wide_shot
from models.letterbox import resized
from models.registry import CENTERFACE, YUNET, Card
from models.tiling import Tiling

PathOf = Callable[[Card], Path]

DEFAULT = Tiling(height_px=544, width_px=960, columns=1, rows=1)
HALL = Tiling(height_px=2176, width_px=3840, columns=4, rows=4)
HALF_A_HALL = Tiling(height_px=1088, width_px=1920, columns=2, rows=2)


@pytest.fixture(scope="module")
def photos(shared: Path) -> list[Photo]:
    return read_photos(shared / "footage" / "photos")


def detected(card: Card, path_of: PathOf, tiling: Tiling, shot: Photo) -> Detections:
    return open_tiled(card, path_of(card), tiling)([shot.image])[0]


def recall(shot: Photo, found: Detections) -> float:
    share = match(shot.xyxy, found).recall(0)
    assert share is not None
    return share


def counts(shot: Photo, found: Detections) -> list[int]:
    """How many detections each face has."""
    overlaps = iou(shot.xyxy, found.xyxy) >= MIN_IOU
    return [int(count) for count in overlaps.sum(axis=1)]


@dataclass(frozen=True)
class Case:
    """A wide shot, how it is cut, and what was measured on it."""

    card: Card
    tiling: Tiling
    size_px: tuple[int, int]
    """Height and width of the camera's frame."""
    faces_px: tuple[int, ...]
    at_least: float
    """Recall in tiles."""
    at_most_untiled: float
    """Recall in the same frame scaled to the default size."""

    def __str__(self) -> str:
        return f"{self.card.id}-{self.size_px[1]}-{self.faces_px[1]}px"


CASES = [
    Case(YUNET, HALL, (2160, 3840), (16, 20, 25), 0.97, 0.02),  # measured: 0.986 and 0.000
    Case(YUNET, HALL, (1080, 1920), (8, 10, 12), 0.96, 0.02),  # measured: 0.978 and 0.000
    Case(CENTERFACE, HALF_A_HALL, (1080, 1920), (16, 20, 25), 0.94, 0.3),  # 0.960 and 0.203
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_small_faces_are_found_in_tiles_and_lost_without(
    case: Case, path_of: PathOf, photos: list[Photo]
) -> None:
    height_px, width_px = case.size_px
    shot = wide_shot(photos, case.faces_px, height_px=height_px, width_px=width_px)

    tiled = detected(case.card, path_of, case.tiling, shot)
    untiled = detected(case.card, path_of, DEFAULT, shot)

    assert np.median(longer_sides(shot.xyxy)) == pytest.approx(case.faces_px[1], rel=0.1)
    assert recall(shot, tiled) >= case.at_least
    assert recall(shot, untiled) <= case.at_most_untiled
    assert len(tiled) <= 1.05 * len(shot.xyxy)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tiles_count_no_face_twice_that_a_look_at_the_whole_counts_once(
    case: Case, path_of: PathOf, photos: list[Photo]
) -> None:
    height_px, width_px = case.size_px
    shot = wide_shot(photos, case.faces_px, height_px=height_px, width_px=width_px)

    whole = replace(case.tiling, columns=1, rows=1)

    tiled = counts(shot, detected(case.card, path_of, case.tiling, shot))
    at_once = counts(shot, detected(case.card, path_of, whole, shot))

    assert len(tiled) == len(at_once) > 300
    assert [pair for pair in zip(tiled, at_once, strict=True) if pair[0] > max(1, pair[1])] == []


def test_front_rows_are_found_as_well_as_without_tiles(
    path_of: PathOf, photos: list[Photo]
) -> None:
    shot = wide_shot(photos, [100, 200])

    assert counts(shot, detected(YUNET, path_of, HALL, shot)) == [1] * len(shot.xyxy)


@pytest.mark.parametrize("side_px", [300, 900, 1800])
def test_a_face_that_fills_many_tiles_is_found_once(
    side_px: int, path_of: PathOf, photos: list[Photo]
) -> None:
    """The largest face of all photos, blown up, in the middle of the frame."""
    photo, place = max(
        ((photo, int(longer_sides(photo.xyxy).argmax())) for photo in photos if photo.complete),
        key=lambda pair: longer_sides(pair[0].xyxy)[pair[1]],
    )
    left, top, right, bottom = photo.xyxy[place].astype(int)
    around = (right - left) // 3
    head = photo.image[
        max(0, top - around) : bottom + around, max(0, left - around) : right + around
    ]
    scale = side_px / max(right - left, bottom - top)
    large = resized(head, round(head.shape[1] * scale), round(head.shape[0] * scale))
    frame = np.zeros((2160, 3840, 3), np.uint8)
    height, width = min(2160, large.shape[0]), min(3840, large.shape[1])
    y, x = (2160 - height) // 2, (3840 - width) // 2
    frame[y : y + height, x : x + width] = large[:height, :width]

    found = detected(YUNET, path_of, HALL, Photo(frame, photo.xyxy[:0], complete=False))

    assert len(found) == 1
    assert longer_sides(found.xyxy)[0] == pytest.approx(side_px, rel=0.25)
