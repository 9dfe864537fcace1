"""Tiles cover the picture; every face is whole in one of them, or large in the whole."""

import numpy as np
import pytest

from models.boxes import longer_sides
from models.tiling import JITTER, LEAST_WHOLE_PX, STEP_PX, Tiling

HALL = Tiling(height_px=2176, width_px=3840, columns=4, rows=4)
TILINGS = [
    HALL,
    Tiling(height_px=2176, width_px=3840, columns=3, rows=2),
    Tiling(height_px=1088, width_px=1920, columns=2, rows=1),
    Tiling(height_px=544, width_px=960, columns=2, rows=2),
]
SHAPES = [(1.0, 1.0), (0.99, 1.0), (1.0, 0.6), (0.6, 1.0)]
"""Heights and widths of pictures scaled to fit, as shares of the frame; one is a portrait."""


def size_of(tiling: Tiling, shape: tuple[float, float]) -> tuple[int, int]:
    return round(tiling.height_px * shape[0]), round(tiling.width_px * shape[1])


@pytest.mark.parametrize("tiling", TILINGS, ids=str)
def test_tiles_have_the_steps_of_detectors_and_are_smaller_than_the_frame(tiling: Tiling) -> None:
    assert tiling.tile_height_px % STEP_PX == tiling.tile_width_px % STEP_PX == 0
    area_px = tiling.tile_height_px * tiling.tile_width_px
    assert area_px < 0.7 * tiling.height_px * tiling.width_px


def test_one_tile_is_the_frame() -> None:
    whole = Tiling(height_px=544, width_px=960, columns=1, rows=1)

    assert (whole.tile_height_px, whole.tile_width_px) == (544, 960)
    assert whole.tiles(540, 960) == []


@pytest.mark.parametrize("tiling", TILINGS, ids=str)
def test_a_frame_is_cut_into_as_many_tiles_as_asked_for(tiling: Tiling) -> None:
    assert len(tiling.tiles(tiling.height_px, tiling.width_px)) == tiling.columns * tiling.rows


@pytest.mark.parametrize("tiling", TILINGS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tiles_cover_a_picture_and_are_no_larger_than_told(
    tiling: Tiling, shape: tuple[float, float]
) -> None:
    size = size_of(tiling, shape)
    covered = np.zeros((*size, 1), np.uint8)

    for tile in tiling.tiles(*size):
        part = tile.of(covered)
        part[:] = 1
        assert part.shape[0] <= tiling.tile_height_px
        assert part.shape[1] <= tiling.tile_width_px

    assert covered.all()


@pytest.mark.parametrize("tiling", TILINGS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_face_is_whole_in_a_tile_or_large_in_the_whole(
    tiling: Tiling, shape: tuple[float, float]
) -> None:
    height, width = size_of(tiling, shape)
    rng = np.random.default_rng(5)
    sides = rng.uniform(4, 300, (5000, 2))
    corners = rng.uniform(0, 1, sides.shape) * np.maximum(0, [width, height] - sides)
    faces = np.concatenate([corners, corners + sides], axis=1).astype(np.float32)
    faces = faces[(faces[:, 2] <= width) & (faces[:, 3] <= height)]

    tiles = tiling.tiles(height, width)
    offsets = [np.tile(np.array(tile.xyxy[:2], np.float32), 2) for tile in tiles]
    held = [tile.holds_whole(faces - offset) for tile, offset in zip(tiles, offsets, strict=True)]

    large = longer_sides(faces) >= JITTER * tiling.least_whole_px(height, width)
    assert len(faces) > 1000
    assert np.any([large, *held], axis=0).all()


def test_the_smallest_face_of_the_whole_is_no_smaller_there_than_promised() -> None:
    shrunk = max(2160 / HALL.tile_height_px, 3840 / HALL.tile_width_px)

    assert HALL.least_whole_px(2160, 3840) / shrunk == pytest.approx(LEAST_WHOLE_PX)


def test_a_box_at_an_inner_edge_is_cut_and_one_at_the_pictures_edge_is_not() -> None:
    first = HALL.tiles(2160, 3840)[0]
    left, top, right, bottom = first.xyxy
    boxes = np.array(
        [
            [0, 0, 30, 30],  # in the corner of the picture
            [right - 30, 100, right, 130],  # at the right edge, beyond which the picture goes on
            [right - 32, 100, right - 2, 130],  # two pixels from it: a tenth of the side is three
            [right - 34, 100, right - 4, 130],
            [100, bottom - 30, 130, bottom],
        ],
        np.float32,
    )

    assert (left, top) == (0, 0)
    assert first.holds_whole(boxes).tolist() == [True, False, False, True, False]
    assert first.holds_whole(np.empty((0, 4), np.float32)).shape == (0,)
