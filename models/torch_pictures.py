"""The gray pictures of a batch on a device, where faces are cut out of them as OpenCV would.

A square that shrinks is averaged over the area of each pixel of the result, and one that grows is
interpolated between pixels, as by `models.letterbox.resized`. Every pixel is the outcome of the
same few operations on whole numbers and doubles, so it depends neither on the other faces nor on
the other pictures, and no shape has to be fixed.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch

from models.crops import Image, squares
from models.engine import Device
from models.pictures import Boxes
from models.torch_device import exactly, require_device

WARM: Final = np.array([[0, 0, 4, 4], [0, 0, 32, 32]], np.float32)
"""Boxes of which one grows and one shrinks to `WARM_PX`."""
WARM_PX: Final = 16

ONE: Final = 2048
"""What OpenCV's weights of two neighbours add up to."""


class _Squares(NamedTuple):
    """n squares in pictures, on the device, `int64`."""

    picture: torch.Tensor
    """`(n,)`: which picture."""
    corners: torch.Tensor
    """`(n, 2)`: left and top, which may lie outside."""
    sides: torch.Tensor
    """`(n,)`."""
    last: torch.Tensor
    """`(n, 2)`: last column and row of the picture."""

    def take(self, chosen: torch.Tensor) -> "_Squares":
        return _Squares(*(field[chosen] for field in self))


class PicturesOnDevice:
    """Pictures that torch cuts; see `models.pictures.Pictures`."""

    def __init__(self, grays: Sequence[Image], device: Device) -> None:
        """Copy pictures to a device, once for all sizes of crops.

        Args:
            grays: at least one, `(h, w) uint8` each, of any sizes.
            device: where they are to lie.

        Raises:
            ConfigurationError: there is no such device.
        """
        require_device(device)
        self.shapes = [(gray.shape[0], gray.shape[1]) for gray in grays]
        self._device = device
        padded = np.zeros((len(grays), *np.max(self.shapes, axis=0)), np.uint8)
        for row, gray in zip(padded, grays, strict=True):
            row[: gray.shape[0], : gray.shape[1]] = gray
        with exactly():
            self._pictures = torch.from_numpy(padded).to(device)
            sums = self._pictures.cumsum(1, dtype=torch.int64).cumsum(2)
            self._integrals = torch.nn.functional.pad(sums, (1, 0, 1, 0))

    def cut(self, boxes: Sequence[Boxes], size_px: int, side: float) -> torch.Tensor:
        """Cut faces; see `models.pictures.Pictures`."""
        with exactly():
            found = self._squares(boxes, side)
            shape = len(found.picture), size_px, size_px
            crops = torch.empty(shape, dtype=torch.uint8, device=self._device)
            grows = found.sides < size_px
            crops[grows] = _interpolated(self._pictures, found.take(grows), size_px)
            crops[~grows] = _averaged(self._integrals, found.take(~grows), size_px)
            return crops

    def _squares(self, boxes: Sequence[Boxes], side: float) -> _Squares:
        corners, sides_px = squares(np.concatenate(boxes), side)
        picture = np.repeat(np.arange(len(boxes)), [len(xyxy) for xyxy in boxes])
        last = np.asarray(self.shapes, np.int64)[picture, ::-1] - 1
        numbers = np.column_stack([picture, corners, sides_px, last])
        columns = torch.from_numpy(numbers).to(self._device)  # one copy for all of them
        return _Squares(columns[:, 0], columns[:, 1:3], columns[:, 3], columns[:, 4:])


def warm(device: Device) -> None:
    """Cut once each way, for a device is slow the first time.

    Raises:
        ConfigurationError: there is no such device.
    """
    PicturesOnDevice([np.zeros((32, 32), np.uint8)], device).cut([WARM], WARM_PX, 1.0)


def _averaged(integrals: torch.Tensor, found: _Squares, size_px: int) -> torch.Tensor:
    """Return the mean gray, `uint8`, of each of size_px x size_px equal parts of squares.

    Sums over areas are differences of an integral image (Crow, "Summed-area tables for texture
    mapping", SIGGRAPH 1984), interpolated between pixels; extrapolated beyond the edges it is that
    of a picture whose edge is repeated.

    Args:
        integrals: `(pictures, h + 1, w + 1) int64`, sums of what lies above and to the left.
        found: squares of at least size_px.
        size_px: side of the results.
    """
    steps = torch.arange(size_px + 1, dtype=torch.float64, device=integrals.device) / size_px
    edges = found.corners[:, :, None] + steps * found.sides[:, None, None]
    before = edges.floor().clamp(min=0).minimum(found.last[:, :, None])
    across, down = (edges - before).unbind(1)
    columns, rows = before.long().unbind(1)

    def sums(rows: torch.Tensor) -> torch.Tensor:
        left, right = (
            _entries(integrals, found, rows, beside).double() for beside in (columns, columns + 1)
        )
        return left + across[:, None] * (right - left)

    above, below = sums(rows), sums(rows + 1)
    areas = (above + down[:, :, None] * (below - above)).diff(dim=1).diff(dim=2)
    means = areas / (found.sides / size_px).square()[:, None, None]
    # OpenCV rounds a half up where four pixels make one, and to the even number elsewhere.
    up = 0.1 * (found.sides == 2 * size_px)
    return (means + up[:, None, None]).round().to(torch.uint8)


def _interpolated(pictures: torch.Tensor, found: _Squares, size_px: int) -> torch.Tensor:
    """Return the gray, `uint8`, in the middle of each of size_px x size_px equal parts of squares.

    In OpenCV's own whole numbers, which make every eighth pixel one gray darker than it should be;
    scores of small faces would show the difference.

    Args:
        pictures: `(pictures, h, w) uint8`.
        found: squares under size_px.
        size_px: side of the results.
    """
    middles = torch.arange(size_px, dtype=torch.float64, device=pictures.device) + 0.5
    places = middles * (found.sides[:, None] / size_px) - 0.5
    before = places.floor()
    second = ((places - before) * ONE).round().long()
    first = ONE - second

    def pixels(inside: torch.Tensor) -> Sequence[torch.Tensor]:
        inside = inside.clamp(min=0).minimum(found.sides[:, None] - 1)[:, None]
        return (
            (found.corners[:, :, None] + inside)
            .clamp(min=0)
            .minimum(found.last[:, :, None])
            .unbind(1)
        )

    (left, top), (right, bottom) = pixels(before.long()), pixels(before.long() + 1)

    def across(rows: torch.Tensor) -> torch.Tensor:
        one, other = (_entries(pictures, found, rows, columns).long() for columns in (left, right))
        return (one * first[:, None] + other * second[:, None]) >> 4

    above, below = (
        (first[:, :, None] * across(top)) >> 16,
        (second[:, :, None] * across(bottom)) >> 16,
    )
    return ((above + below + 2) >> 2).to(torch.uint8)


def _entries(
    tables: torch.Tensor, found: _Squares, rows: torch.Tensor, columns: torch.Tensor
) -> torch.Tensor:
    """Return `(n, s, s)` entries of each square's table, in its `(n, s)` rows and columns."""
    return tables[found.picture[:, None, None], rows[:, :, None], columns[:, None]]
