"""Where a large picture is cut into overlapping tiles, and which boxes a tile holds whole.

Knows no detector, and takes for granted that the whole picture is looked at too, scaled down to
the size of a tile: that is where faces are seen which no tile is sure to hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from models.boxes import longer_sides

Array = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

LEAST_WHOLE_PX: Final = 16
"""From this longer side on a face is taken from the picture scaled down; detectors find nearly
all of that size (docs/decisions/0011-tiles.md)."""

JITTER: Final = 1.25
"""The sides of one face, seen in a tile and scaled down, may differ by this factor."""

EDGE: Final = 0.1
"""A box is of a face cut in two if it ends nearer to an inner edge than this, in longer sides."""

STEP_PX: Final = 32
"""The deepest networks of detectors halve their input five times."""


class Tile(NamedTuple):
    """A part of a picture."""

    xyxy: tuple[int, int, int, int]
    """In pixels of the picture."""
    is_inner: tuple[bool, bool, bool, bool]
    """Of its left, top, right and bottom edge: whether the picture goes on beyond it."""

    def of(self, picture: Picture) -> Picture:
        """Return this part of a picture; it is a view."""
        left, top, right, bottom = self.xyxy
        return picture[top:bottom, left:right]

    def holds_whole(self, xyxy: Array) -> npt.NDArray[np.bool_]:
        """Tell which of `(n, 4)` boxes, in pixels of the tile, no inner edge cuts: `(n,)`."""
        left, top, right, bottom = self.xyxy
        far = np.array([right - left, bottom - top], np.float32)
        gaps = np.concatenate([xyxy[:, :2], far - xyxy[:, 2:]], axis=1)
        is_cut = (gaps < EDGE * longer_sides(xyxy)[:, None]) & np.array(self.is_inner)
        whole: npt.NDArray[np.bool_] = ~is_cut.any(axis=1)
        return whole


@dataclass(frozen=True)
class Tiling:
    """How pictures are cut that fit a height and a width."""

    height_px: int
    width_px: int
    columns: int
    rows: int

    @property
    def overlap_px(self) -> int:
        """How far neighbours overlap: enough for any face that must be seen in a tile.

        The whole picture is scaled down by at most `max(columns, rows)`. What this makes smaller
        than `LEAST_WHOLE_PX` must lie whole, and clear of the inner edges, in one of the tiles:
        a face of longer side s does if (1 + 2 `EDGE`) s is no more than the overlap.
        """
        largest_px = LEAST_WHOLE_PX * JITTER * max(self.columns, self.rows)
        return round((1 + 2 * EDGE) * largest_px)

    @property
    def tile_height_px(self) -> int:
        """A multiple of `STEP_PX`."""
        return self._side_px(self.height_px, self.rows)

    @property
    def tile_width_px(self) -> int:
        """A multiple of `STEP_PX`."""
        return self._side_px(self.width_px, self.columns)

    def least_whole_px(self, height: int, width: int) -> float:
        """Return from which longer side on a face counts where it is seen in the whole picture."""
        shrunk = max(height / self.tile_height_px, width / self.tile_width_px)
        return LEAST_WHOLE_PX * shrunk

    def tiles(self, height: int, width: int) -> list[Tile]:
        """Cut a picture, row by row; one that is no larger than a tile is not cut: no tiles."""
        rows = list(_cuts(height, self.tile_height_px, self.overlap_px))
        columns = list(_cuts(width, self.tile_width_px, self.overlap_px))
        if len(rows) == len(columns) == 1:
            return []
        return [
            Tile(
                (left, top, right, bottom),
                (left > 0, top > 0, right < width, bottom < height),
            )
            for top, bottom in rows
            for left, right in columns
        ]

    def _side_px(self, side_px: int, count: int) -> int:
        exact_px = (side_px + (count - 1) * self.overlap_px) / count
        return int(np.ceil(exact_px / STEP_PX)) * STEP_PX


def _cuts(side_px: int, tile_px: int, overlap_px: int) -> Iterator[tuple[int, int]]:
    """Give the fewest stretches of a tile's side that overlap enough, evenly spread."""
    count = max(1, -((overlap_px - side_px) // (tile_px - overlap_px)))
    last_px = max(0, side_px - tile_px)
    for first_px in np.rint(np.linspace(0, last_px, count)).astype(int).tolist():
        yield first_px, min(first_px + tile_px, side_px)
