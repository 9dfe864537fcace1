"""Reads sets of labelled faces from npz files; knows nothing of networks."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from models.datasets.images import ArraySource, EncodedSource, Image, Source
from models.evaluation.majority import majority, tied
from moodtrace.errors import DatasetError, ExitCode, UsageError
from moodtrace.labels import EMOTIONS

Ints = npt.NDArray[np.int64]
Target = Literal["label", "age", "ferplus"]

SPLITS: Final[Mapping[str, tuple[str, ...]]] = {
    "usage": ("train", "public", "private"),
    "split": ("train", "val", "test"),
}
"""Arrays that may say which part a row belongs to, and what their numbers 0, 1, 2 are called."""

ENCODINGS: Final = ("webp", "jpeg")
"""Arrays of encoded pictures, one after the other."""

GROUPS: Final = ("gender", "race")
"""Arrays for fairness tables; never the output of a network."""

VOTES: Final = "votes_ferplus"
VOTE_COLUMNS: Final = 10
OLDEST: Final = 130
LEFT_OUT: Final = -1
"""The label, or the age, of a row that has none."""


@dataclass(frozen=True)
class Examples:
    """The rows of one file that are asked for; pictures are decoded as they are read."""

    pictures: Source
    rows: Ints
    """`(n,)` rows of the file."""
    values: Ints | None
    """`(n,)` class ids, or ages in years; None in a set without labels."""
    left_out: int
    """Rows of the split that say that they have no label."""
    groups: Mapping[str, Ints] = field(default_factory=dict)
    """`(n,)` each, by the name of the group's array."""
    tied: npt.NDArray[np.bool_] | None = None
    """`(n,)` whether the label is one of several with as many votes; None but for votes."""

    def __len__(self) -> int:
        return len(self.rows)

    def images(self) -> Iterator[Image | None]:
        """Give each row's picture; None for one that can't be decoded."""
        return map(self.pictures.read, self.rows.tolist())

    def take(self, chosen: Ints) -> "Examples":
        """Return the examples at these places."""
        return replace(
            self,
            rows=self.rows[chosen],
            values=None if self.values is None else self.values[chosen],
            groups={name: codes[chosen] for name, codes in self.groups.items()},
            tied=None if self.tied is None else self.tied[chosen],
        )


def read(
    path: Path,
    target: Target,
    *,
    split: str | None = None,
    without: Sequence[str] = (),
    labelled: bool = True,
    relabel: Callable[[Ints], Ints] | None = None,
) -> Examples:
    """Read the examples of an npz file.

    Args:
        path: with `image`, or `webp` or `jpeg` and `offsets`; see docs/reference/evaluation.md.
        target: `label` reads an integer array named `label*`, `age` one named `age`, and
            `ferplus` takes the majority of `votes_ferplus`.
        split: a name out of `SPLITS`, or several joined by `+`; None takes all rows.
        without: names of boolean arrays; rows where one is true are left out.
        labelled: False if a set without labels will do.
        relabel: renumbers the `(n,)` labels or ages; -1 leaves a row out.

    Raises:
        DatasetError: there is no such file, or it is not what is expected.
        UsageError: the file has no such split, or no such boolean array.
    """
    file = _File.opened(path)
    chosen = np.ones(len(file.pictures), np.bool_)
    if split is not None:
        chosen &= file.in_split(split)
    for name in without:
        chosen &= ~file.flags(name)
    values = file.values(target, labelled=labelled)
    if relabel and values is not None:
        values = relabel(values)
    known = chosen if values is None else chosen & (values > LEFT_OUT)
    rows = np.flatnonzero(known).astype(np.int64)
    has_votes = target == "ferplus" and values is not None
    if not len(rows):
        raise file.wrong("no row with a label is left", "choose another split")
    return Examples(
        file.pictures,
        rows,
        None if values is None else values[rows],
        left_out=int(chosen.sum() - known.sum()),
        groups={name: file.ints(name)[rows] for name in GROUPS if name in file.arrays},
        tied=tied(file.votes()[rows]) if has_votes else None,
    )


@dataclass(frozen=True)
class _File:
    """The arrays of one file, each checked when it is asked for."""

    path: Path
    arrays: Mapping[str, npt.NDArray[np.generic]]
    pictures: Source

    @classmethod
    def opened(cls, path: Path) -> "_File":
        """Load all arrays but those that would have to be unpickled."""
        if not path.is_file():
            error = DatasetError(
                "there is no such file", where=str(path), try_this="name an npz file"
            )
            error.exit_code = ExitCode.NO_INPUT
            raise error
        try:
            # Opened here, because NumPy leaves a file open that it refuses.
            with path.open("rb") as file:
                archive = np.load(file, allow_pickle=False)
                if not isinstance(archive, np.lib.npyio.NpzFile):
                    raise ValueError("this is one array")
                arrays = {name: archive[name] for name in archive.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise DatasetError(
                f"this is no npz file of plain arrays: {error}",
                where=str(path),
                try_this="write it with numpy.savez",
            ) from error
        return cls(path, arrays, _pictures(arrays, path))

    def values(self, target: Target, *, labelled: bool) -> Ints | None:
        """Return `(n,)` labels or ages; None if there are none and none are needed."""
        name = {"age": "age", "ferplus": VOTES}.get(target) or self._label_name()
        if name not in self.arrays:
            if not labelled:
                return None
            expected = "one integer array `label*`" if target == "label" else f"`{name}`"
            raise self.wrong(f"expected {expected}, got {', '.join(self.arrays)}", "add the array")
        if target == "ferplus":
            return majority(self.votes())
        values = self.ints(name)
        highest = OLDEST if target == "age" else len(EMOTIONS) - 1
        outside = values[(values < LEFT_OUT) | (values > highest)]
        if len(outside):
            raise self.wrong(
                f"`{name}`: expected {LEFT_OUT} to {highest}, "
                f"got {outside[0]} ({len(outside)} such rows)",
                f"write {LEFT_OUT} for rows without a label",
            )
        return values

    def votes(self) -> Ints:
        """Return `(n, 10)` counts of FER+'s votes."""
        votes, expected = self.arrays[VOTES], (len(self.pictures), VOTE_COLUMNS)
        if votes.shape != expected or votes.dtype.kind not in "iu":
            raise self.wrong(
                f"`{VOTES}`: expected integers {expected}, got {votes.dtype} {votes.shape}",
                "give every picture ten counts: eight emotions, unknown, not-a-face",
            )
        return votes.astype(np.int64)

    def ints(self, name: str) -> Ints:
        """Return an integer array that has one number for each picture."""
        array = self._one_each(name)
        if array.dtype.kind not in "iu":
            raise self.wrong(f"`{name}`: expected integers, got {array.dtype}", "convert the array")
        return array.astype(np.int64)

    def flags(self, name: str) -> npt.NDArray[np.bool_]:
        """Return a boolean array that has one flag for each picture."""
        known = [key for key, array in self.arrays.items() if array.dtype == np.bool_]
        if name not in known:
            raise UsageError(
                f"there is no boolean array {name!r}",
                where=str(self.path),
                try_this=f"name one of: {', '.join(known) or '(the file has none)'}",
            )
        return self._one_each(name).astype(np.bool_)

    def in_split(self, split: str) -> npt.NDArray[np.bool_]:
        """Return where the rows of one or several splits are."""
        present = {name: names for name, names in SPLITS.items() if name in self.arrays}
        wanted = split.split("+")
        for array, names in present.items():
            if set(wanted) <= set(names):
                return np.isin(self.ints(array), [names.index(name) for name in wanted])
        known = ", ".join(name for names in present.values() for name in names)
        raise UsageError(
            f"there is no split {split!r}",
            where=str(self.path),
            try_this=f"name one of: {known}" if known else "leave --split out: the set is whole",
        )

    def wrong(self, what: str, try_this: str) -> DatasetError:
        """Return the error that says what was expected and what is there."""
        return DatasetError(what, where=str(self.path), try_this=try_this)

    def _label_name(self) -> str:
        names = [
            name
            for name, array in self.arrays.items()
            if name.startswith("label") and array.dtype.kind in "iu"
        ]
        if len(names) > 1:
            raise self.wrong(
                f"expected one integer array `label*`, got {', '.join(names)}", "keep one of them"
            )
        return names[0] if names else "label"

    def _one_each(self, name: str) -> npt.NDArray[np.generic]:
        expected, array = (len(self.pictures),), self.arrays[name]
        if array.shape != expected:
            raise self.wrong(
                f"`{name}`: expected shape {expected}, got {array.shape}",
                "give every picture one number",
            )
        return array


def _pictures(arrays: Mapping[str, npt.NDArray[np.generic]], path: Path) -> Source:
    """Take the pictures out of a file's arrays."""
    where = str(path)
    if "image" in arrays:
        return ArraySource(arrays["image"], where=where)  # type: ignore[arg-type]
    name = next((name for name in ENCODINGS if name in arrays), None)
    if name is None or "offsets" not in arrays:
        what = f"expected `image`, or `webp` or `jpeg` and `offsets`, got {', '.join(arrays)}"
        raise DatasetError(what, where=where, try_this="write the arrays as expected")
    content, offsets = arrays[name], arrays["offsets"]
    if content.dtype != np.uint8 or content.ndim != 1 or offsets.dtype.kind not in "iu":
        raise DatasetError(
            f"expected `{name}` uint8 (bytes,) and `offsets` integers, "
            f"got {content.dtype} {content.shape} and {offsets.dtype}",
            where=where,
            try_this="write the arrays as expected",
        )
    return EncodedSource(content.astype(np.uint8), offsets.astype(np.int64), where=where)
