"""Pictures that stay encoded or on disk until they are asked for; knows nothing of labels."""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final, Literal, Protocol, Self

import cv2
import numpy as np
import numpy.typing as npt

from models.letterbox import resized
from moodtrace.errors import DatasetError

Image = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.intp]
Colours = Literal["gray", "BGR"]

BATCH_IMAGES: Final = 512
"""How many pictures are decoded before they are written; bounds the memory that is needed."""


class Source(Protocol):
    """Where pictures come from."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def name(self, index: int) -> str:
        """Say which picture this is, for people."""
        ...

    def read(self, index: int) -> Image | None:
        """Return `(h, w)` gray or `(h, w, 3)` BGR; None if the picture is corrupt."""
        ...


class ArraySource:
    """Pictures in one array, in memory or mapped from a file."""

    def __init__(self, array: Image, *, where: str = "image") -> None:
        if array.dtype != np.uint8 or array.ndim not in (3, 4) or array.shape[3:] not in ((), (3,)):
            raise DatasetError(
                "pictures must be uint8 of shape (n, h, w) or (n, h, w, 3), "
                f"but got {array.dtype} of shape {array.shape}",
                where=where,
                try_this="store pixels from 0 to 255 as uint8",
            )
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def name(self, index: int) -> str:
        """Name a picture by its row."""
        return f"row {index}"

    def read(self, index: int) -> Image | None:
        """Return a picture as it is."""
        return np.asarray(self.array[index])


class EncodedSource:
    """Encoded pictures, one after the other in one array of bytes."""

    def __init__(self, content: Image, offsets: npt.NDArray[np.int64], *, where: str) -> None:
        rising = offsets.ndim == 1 and len(offsets) > 0 and bool((np.diff(offsets) >= 0).all())
        if not rising or offsets[0] < 0 or offsets[-1] > len(content):
            raise DatasetError(
                f"offsets must rise from 0 to {len(content)} at most, "
                f"but got {offsets.dtype} of shape {offsets.shape}",
                where=where,
                try_this="store n + 1 offsets: where each picture begins, and where the last ends",
            )
        self.content, self.offsets = content, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def name(self, index: int) -> str:
        """Name a picture by its row."""
        return f"row {index}"

    def read(self, index: int) -> Image | None:
        """Decode a picture."""
        return decoded(self.content[self.offsets[index] : self.offsets[index + 1]])


class FileSource:
    """One file per picture."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def name(self, index: int) -> str:
        """Name a picture by its folder and file."""
        return "/".join(self.paths[index].parts[-2:])

    def read(self, index: int) -> Image | None:
        """Read and decode a file; one that can't be read counts as corrupt."""
        try:
            return decoded(np.fromfile(self.paths[index], np.uint8))
        except OSError:
            return None


def decoded(content: Image) -> Image | None:
    """Decode one encoded picture, `(m,) uint8`; gray stays gray. None if it is corrupt."""
    if not len(content):
        return None
    try:
        image = cv2.imdecode(np.asarray(content), cv2.IMREAD_ANYCOLOR)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)


class Images:
    """All pictures of a set in one size and colour order, decoded when they are asked for."""

    def __init__(self, source: Source, size_px: int, colours: Colours = "gray") -> None:
        self.source, self.size_px, self.colours = source, size_px, colours

    def __len__(self) -> int:
        return len(self.source)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one picture."""
        side = self.size_px
        return (side, side) if self.colours == "gray" else (side, side, 3)

    def decode(self, indices: Indices) -> Image:
        """Decode some pictures.

        Returns:
            `(n, size_px, size_px) uint8` gray, or `(n, size_px, size_px, 3) uint8` BGR.

        Raises:
            DatasetError: one is corrupt.
        """
        images = np.empty((len(indices), *self.shape), np.uint8)
        for image, index in zip(images, indices.tolist(), strict=True):
            found = self.read(index)
            if found is None:
                raise DatasetError(
                    "a picture is corrupt",
                    where=self.source.name(index),
                    try_this="remove it, or check the set first: corrupt pictures are skipped",
                )
            image[:] = found
        return images

    def read(self, index: int) -> Image | None:
        """Decode one picture of shape `self.shape`; None if it is corrupt."""
        found = self.source.read(index)
        if found is None:
            return None
        return resized(_coloured(found, self.colours), self.size_px, self.size_px)


def _coloured(image: Image, colours: Colours) -> Image:
    """Turn gray into BGR or the other way round, where need be."""
    if (image.ndim == 2) == (colours == "gray"):
        return image
    way = cv2.COLOR_BGR2GRAY if colours == "gray" else cv2.COLOR_GRAY2BGR
    return np.asarray(cv2.cvtColor(image, way), np.uint8)


class Spool:
    """An array that grows on disk and is then mapped; the disk is freed when the map goes away."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()  # a map has a descriptor of its own

    def append(self, images: Image) -> None:
        """Write `(n, *shape) uint8` at the end."""
        self.file.write(images.tobytes())

    def mapped(self) -> Image:
        """Return all that was written, `(n, *shape) uint8`, mapped into memory."""
        self.file.flush()
        count = self.file.seek(0, io.SEEK_END) // int(np.prod(self.shape))
        if not count:
            return np.empty((0, *self.shape), np.uint8)
        return np.memmap(self.file, np.uint8, "r", shape=(count, *self.shape))
