"""The gray pictures of a batch, wherever they lie, and the faces that are cut out of them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from models.crops import Image, cut
from models.engine import Device, Engine
from moodtrace.torch_extra import torch_extra

if TYPE_CHECKING:
    import torch

Boxes = npt.NDArray[np.float32]
Crops: TypeAlias = "npt.NDArray[np.uint8] | torch.Tensor"
"""`(n, side, side) uint8` gray, in memory or on a device; every network takes either."""


class Pictures(Protocol):
    """The pictures of one batch."""

    @property
    def shapes(self) -> Sequence[tuple[int, int]]:
        """Height and width of each, in pixels."""
        ...

    def cut(self, boxes: Sequence[Boxes], size_px: int, side: float) -> Crops:
        """Cut a square around each box of each picture and scale it; see `models.crops.cut`.

        Args:
            boxes: `(n, 4)` of each picture, in its pixels.
            size_px: side of the results.
            side: side of the squares / longer side of their boxes.

        Returns:
            The crops of all pictures, in their order, where the pictures lie.
        """
        ...


Hold = Callable[[Sequence[Image]], Pictures]
"""Takes a batch of `(h, w) uint8` pictures of any sizes, at least one."""


class PicturesInMemory:
    """Pictures that OpenCV cuts, on the CPU; see `Pictures`."""

    def __init__(self, grays: Sequence[Image]) -> None:
        self.shapes = [(gray.shape[0], gray.shape[1]) for gray in grays]
        self._grays = grays

    def cut(self, boxes: Sequence[Boxes], size_px: int, side: float) -> Image:
        """Cut faces; see `Pictures`."""
        pairs = zip(self._grays, boxes, strict=True)
        return np.concatenate([cut(gray, xyxy, size_px, side=side) for gray, xyxy in pairs])


def holding(engine: Engine, device: Device) -> Hold:
    """Return what puts pictures where an engine's networks are.

    Raises:
        ConfigurationError: there is no such device, or the `torch` extra is not installed.
    """
    if engine == "onnx":
        return PicturesInMemory
    with torch_extra("the engine torch"):
        from models.torch_pictures import PicturesOnDevice, warm
    warm(device)
    return partial(PicturesOnDevice, device=device)


def in_memory(crops: Crops) -> Image:
    """Return crops as an array, copied from their device if need be."""
    return crops if isinstance(crops, np.ndarray) else crops.cpu().numpy()
