"""Files of what detectors reached on a machine; knows nothing of how it was measured."""

from pathlib import Path
from typing import Final, Literal

import msgspec

from moodtrace.errors import DatasetError

On = Literal["photos", "wide shots"]


class OfSize(msgspec.Struct, frozen=True, kw_only=True):
    """The faces of one size."""

    low_px: int
    """Longer side of the box: this or more."""
    high_px: int | None
    """And less than this; None if any."""
    faces: int
    recall: float
    precision: float | None
    """None if nothing of that size was detected."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One detector, looking at one size, on one set of pictures."""

    on: On
    width_px: int
    height_px: int
    columns: int
    """Of tiles; 1 if the frame is not cut."""
    rows: int
    faces: int
    recall: float
    precision: float | None
    average_precision: float
    """Over all scores; the others are at the detector's own least score."""
    sizes: tuple[OfSize, ...]
    ms: float
    """Median per frame."""
    times_reference: float
    """That time / the reference's in the same minutes, which other work slows down as much."""

    @property
    def looks_at(self) -> tuple[int, int, int, int]:
        """Size and tiles, for sorting."""
        return self.width_px, self.height_px, self.columns, self.rows


class DetectorResult(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured of one detector in one run."""

    id: str
    sha256: str
    """Of the weights that were measured."""
    min_score: float
    threads: int
    processor: str
    cores: int
    load: float
    """Load average of the machine before: above about half its cores, times are too long."""
    measured: tuple[Measurement, ...]


SUFFIX: Final = ".json"


def encoded(results: list[DetectorResult]) -> bytes:
    """Return the content of a file of results."""
    return msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n"


def read_detector_results(folder: Path) -> list[DetectorResult]:
    """Read the results of all files of a folder.

    Raises:
        DatasetError: a file holds none.
    """
    return [result for path in sorted(folder.glob(f"*{SUFFIX}")) for result in _read_results(path)]


def _read_results(path: Path) -> list[DetectorResult]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[DetectorResult])
    except msgspec.DecodeError as error:
        raise DatasetError(
            f"these are no results of detectors: {error}",
            where=str(path),
            try_this="write it with `moodtrace models bench --detectors --json -o FILE`",
        ) from error
