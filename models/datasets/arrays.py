"""Reads npz files: pictures as an array or encoded, with labels or ages beside them."""

import zipfile
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from models.datasets.dataset import OLDEST, YEARS, Dataset
from models.datasets.images import ArraySource, Colours, EncodedSource, Images, Source
from models.datasets.vocabulary import UNLABELLED, Labels
from moodtrace.errors import DatasetError
from moodtrace.labels import EMOTIONS

T = TypeVar("T", bound=np.integer[Any])

Array = npt.NDArray[Any]
ENCODED: Final = ("webp", "jpeg")
SPLIT_ARRAYS: Final = ("usage", "split")
LOCAL_HEADER_BYTES: Final = 30
"""Of a file in a zip archive, before its name and extra field; their lengths are at 26 and 28."""


def read_npz(path: Path, *, size_px: int, colours: Colours = "gray") -> Dataset:
    """Read an npz file of emotions or ages.

    Arrays that the archive holds uncompressed are mapped, not loaded.

    Args:
        path: `image` uint8 `(n, h, w[, 3])`, or `webp` or `jpeg` bytes with `offsets`; one
            `label*` array of FER2013 ids, or `age` in years, -1 to leave a picture out. Also
            `usage` or `split` (0 training, 1 validation, 2 test; all test without it),
            `votes_ferplus`, and `index`, whose -1 leaves a picture out of training.
        size_px: side of the pictures that come out.
        colours: of the pictures that come out.

    Raises:
        DatasetError: the file can't be read, or an array is missing or of a wrong type.
    """
    arrays = _Archive(path)
    source = _source(arrays)
    task, labels = _labels(arrays, len(source))
    splits = _splits(arrays, len(source))
    if "index" in arrays.names:
        training = splits == 0
        labels = np.where(training & (arrays["index"] < 0), np.int16(UNLABELLED), labels)
    return Dataset(
        name=path.name,
        task="age" if task == "age" else "emotion",
        images=Images(source, size_px, colours),
        classes=YEARS if task == "age" else EMOTIONS,
        labels=labels,
        splits=splits,
        votes=_integers(arrays, "votes_ferplus", np.uint8) if "votes_ferplus" in arrays else None,
    )


class _Archive:
    """The arrays of an npz file by name, mapped where they lie uncompressed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                self.members = {
                    info.filename.removesuffix(".npy"): info for info in archive.infolist()
                }
        except (OSError, zipfile.BadZipFile) as error:
            raise self.error(f"this is no npz file: {error}") from error
        self.names = frozenset(self.members)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Array:
        info = self.members[name]
        try:
            with self.path.open("rb") as file:
                mapped = self._mapped(file, info)
            return mapped if mapped is not None else self._loaded(name)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise self.error(f"array {name!r} can't be read: {error}") from error

    def error(self, what: str) -> DatasetError:
        return DatasetError(
            what,
            where=str(self.path),
            try_this="see docs/how-to/train.md for the arrays that are expected",
        )

    def _mapped(self, file: IO[bytes], info: zipfile.ZipInfo) -> Array | None:
        if info.compress_type != zipfile.ZIP_STORED:
            return None
        file.seek(info.header_offset)
        header = file.read(LOCAL_HEADER_BYTES)
        name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
        file.seek(name + extra, 1)
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(file)
        if fortran or dtype.hasobject or 0 in shape or not shape:
            return None
        return np.memmap(self.path, dtype, "r", offset=file.tell(), shape=shape)

    def _loaded(self, name: str) -> Array:
        with np.load(self.path, allow_pickle=False) as arrays:
            return np.asarray(arrays[name])


def _source(arrays: _Archive) -> Source:
    where = str(arrays.path)
    if "image" in arrays:
        return ArraySource(arrays["image"], where=where)
    for name in ENCODED:
        if name in arrays and "offsets" in arrays:
            content = _integers(arrays, name, np.uint8)
            return EncodedSource(content, _integers(arrays, "offsets", np.int64), where=where)
    raise arrays.error(
        "an array image, or webp or jpeg with offsets, is expected, "
        f"but got {', '.join(sorted(arrays.names))}"
    )


def _labels(arrays: _Archive, count: int) -> tuple[str, Labels]:
    """Return which kind of labels there are, and them."""
    names = sorted(n for n in arrays.names if n.startswith("label") and _is_label(arrays, n))
    if "age" in arrays and not names:
        return "age", np.minimum(_integers(arrays, "age", np.int16), OLDEST)
    if len(names) != 1:
        raise arrays.error(
            f"one integer array label* or age is expected, but got {', '.join(names) or 'none'}"
        )
    labels = _integers(arrays, names[0], np.int16)
    if len(labels) != count:
        raise arrays.error(f"{count} labels are expected, but got {len(labels)}")
    return "emotion", labels


def _is_label(arrays: _Archive, name: str) -> bool:
    """Whether an array holds whole numbers; others are names or flags."""
    return arrays[name].dtype.kind in "iu"


def _splits(arrays: _Archive, count: int) -> npt.NDArray[np.uint8]:
    name = next((name for name in SPLIT_ARRAYS if name in arrays), None)
    if name is None:
        return np.full(count, 2, np.uint8)
    splits = _integers(arrays, name, np.uint8)
    if splits.size and splits.max() > 2:
        raise arrays.error(f"{name} must be 0, 1 or 2, but got {splits.max()}")
    return splits


def _integers(arrays: _Archive, name: str, dtype: type[T]) -> npt.NDArray[T]:
    """Return an array of whole numbers as another type, if all of them fit."""
    found = arrays[name]
    if found.dtype.kind not in "iu":
        raise arrays.error(f"{name} must hold whole numbers, but got {found.dtype}")
    if found.dtype == dtype:
        return found
    bounds = np.iinfo(dtype)
    values = np.asarray(found).astype(np.int64)
    if values.size and (values.min() < bounds.min or values.max() > bounds.max):
        raise arrays.error(f"{name} must fit {np.dtype(dtype)}, but reaches {values.max()}")
    return values.astype(dtype)
