"""Files of results, one per network: what was published, what we measured, how fast it is."""

from pathlib import Path
from typing import Final

import msgspec

from models.evaluation.model import Kind
from models.registry import Card
from moodtrace.errors import DatasetError
from moodtrace.fetch import written_beside


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What the source of a network says of it."""

    source: str
    """Authors, title, year."""
    value: float | None = None
    """Accuracy, 0 to 1, or mean absolute error in years; None if it gives none."""
    on: str = ""
    """The set that the value is of."""
    parameters: int | None = None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that we measured."""

    on: str
    """The set and its split."""
    n: int
    value: float
    """Accuracy, 0 to 1, or for ages mean absolute error in years."""
    ci: tuple[float, float] | None = None
    """95 % bootstrap interval."""
    macro_f1: float | None = None


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds per face on a CPU."""

    batch_1: float
    batch_32: float
    threads: int
    processor: str
    load: float
    """Load average of the machine before: above about half its cores, times are too long."""
    runtime: str = "ONNX Runtime"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one network."""

    id: str
    title: str
    kind: Kind
    parameters: int
    published: Published | None = None
    measured: tuple[Measured, ...] = ()
    speed: Speed | None = None
    sha256: str = ""
    """Of the weights that were measured."""
    config: str = ""
    """Of the zoo: the recipe that these weights were trained with."""
    note: str = ""
    """A sentence or two, such as why a published count does not follow from its description."""


SUFFIX: Final = ".json"
ZOO: Final = "zoo"
"""The folder in that of the models' results that holds those of the zoo."""


def read_results(folder: Path) -> list[Result]:
    """Read all results of a folder, by id.

    Raises:
        DatasetError: a file is no result.
    """
    return [read_result(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def read_result(path: Path) -> Result:
    """Read one file.

    Raises:
        DatasetError: it is no result.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except msgspec.DecodeError as error:
        raise DatasetError(
            f"this is no result of a network: {error}",
            where=str(path),
            try_this="compare it with the other files in its folder",
        ) from error


def card_result(card: Card) -> Result:
    """Return a result with nothing measured, of a model of emotions or ages."""
    assert card.kind != "detector"
    return Result(id=card.id, title=card.title, kind=card.kind, parameters=card.parameters)


def known(folder: Path, bare: Result) -> Result:
    """Return what a folder holds under a result's id, or the result itself.

    Raises:
        DatasetError: the file is no result.
    """
    path = folder / f"{bare.id}{SUFFIX}"
    return read_result(path) if path.exists() else bare


def write_result(folder: Path, result: Result) -> Path:
    """Write a result under its id, in place of an older one."""
    path = folder / f"{result.id}{SUFFIX}"
    with written_beside(path) as file:
        file.write(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    return path
