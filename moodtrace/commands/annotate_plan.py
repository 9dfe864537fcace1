"""What an annotation reads and where it writes, settled before any picture is opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moodtrace.errors import UsageError
from moodtrace.problems import SourceError

PHOTO_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
VIDEO_SUFFIXES: Final = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".flv"}
)
WRITTEN_VIDEO: Final = ".mp4"


@dataclass(frozen=True)
class Job:
    """One photo or video, and where it goes."""

    source: Path
    target: Path

    @property
    def is_photo(self) -> bool:
        """Whether it is a photo by its name; all else is taken for video."""
        return self.source.suffix.lower() in PHOTO_SUFFIXES


@dataclass(frozen=True)
class Plan:
    """All jobs, and the two tables beside them."""

    jobs: Sequence[Job]
    table: Path
    """Path of the tables without a suffix."""

    @property
    def csv(self) -> Path:
        """One line per face."""
        return self.table.with_name(f"{self.table.name}.csv")

    @property
    def json(self) -> Path:
        """One object per picture."""
        return self.table.with_name(f"{self.table.name}.json")


def plan(source: Path, output: Path) -> Plan:
    """Settle what is read and written.

    Args:
        source: a photo, a video, or a directory; what lies in its directories is left alone.
        output: a directory; for one file also the file to write.

    Raises:
        SourceError: there is nothing to annotate.
        UsageError: the output makes no sense, or would overwrite what is read.
    """
    if source.is_dir():
        sources = _annotatable(source)
        chosen = Plan([Job(path, output / _name(path)) for path in sources], output / "faces")
    elif output.is_dir() or not output.suffix:
        target = output / _name(source)
        chosen = Plan([Job(source, target)], output / source.stem)
    else:
        _require_format(source, output)
        chosen = Plan([Job(source, output)], output.with_suffix(""))
    _require_apart(chosen)
    return chosen


def _annotatable(folder: Path) -> list[Path]:
    known = PHOTO_SUFFIXES | VIDEO_SUFFIXES
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in known)
    if not found:
        raise SourceError("nothing_to_annotate", str(folder))
    return found


def _name(source: Path) -> str:
    """Name what is written: photos keep their format, video becomes mp4."""
    is_kept = source.suffix.lower() in PHOTO_SUFFIXES | {WRITTEN_VIDEO}
    return source.name if is_kept else f"{source.name}{WRITTEN_VIDEO}"


def _require_format(source: Path, output: Path) -> None:
    is_photo = source.suffix.lower() in PHOTO_SUFFIXES
    formats = PHOTO_SUFFIXES if is_photo else {WRITTEN_VIDEO}
    if output.suffix.lower() not in formats:
        kind = "a photo" if is_photo else "a video"
        raise UsageError(
            f"{kind} can't be written as {output.suffix}",
            where=str(output),
            try_this=f"name a directory, or a file that ends in {', '.join(sorted(formats))}",
        )


def _require_apart(chosen: Plan) -> None:
    """Refuse to overwrite what is read."""
    sources = {job.source.resolve() for job in chosen.jobs}
    written = [*(job.target for job in chosen.jobs), chosen.csv, chosen.json]
    for path in written:
        if path.resolve() in sources:
            raise UsageError(
                "this would overwrite what is read",
                where=str(path),
                try_this="name another directory with -o",
            )
