"""Files named on a command line: their offsets, camera ids and fingerprints; decodes none."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moodtrace.errors import UsageError
from moodtrace.screening import as_name

MAX_OFFSET_MS: Final = 24 * 3_600_000
_MAX_ID_CHARACTERS: Final = 64
_FINGERPRINT_BYTES: Final = 1 << 20
_WITH_OFFSET: Final = re.compile(r"(?P<file>.+)@(?P<offset_ms>[+-]?[0-9]{1,12})", re.DOTALL)


@dataclass(frozen=True)
class FileSource:
    """One recorded camera."""

    path: Path
    camera_id: str
    offset_ms: int = 0
    """Where the file's first frame lies on the content's playhead."""


def parse_sources(arguments: Sequence[str]) -> list[FileSource]:
    """Read `FILE` and `FILE@OFFSET_MS` arguments.

    A file whose name really ends in `@123` is taken as it stands. Cameras are named after the
    file's stem; repeats get `-2`, `-3`, ….

    Raises:
        UsageError: An offset is longer than a day.
    """
    split = [_split(argument) for argument in arguments]
    names = _unique(as_name(path.stem) for path, _ in split)
    return [
        FileSource(path, name, offset_ms)
        for (path, offset_ms), name in zip(split, names, strict=True)
    ]


def _split(argument: str) -> tuple[Path, int]:
    match = _WITH_OFFSET.fullmatch(argument)
    if match is None or _exists(Path(argument)):
        return Path(argument), 0
    offset_ms = int(match["offset_ms"])
    if abs(offset_ms) > MAX_OFFSET_MS:
        raise UsageError(
            f"an offset may be at most {MAX_OFFSET_MS} ms, which is a day",
            where=argument,
            try_this="give the offset in milliseconds",
        )
    return Path(match["file"]), offset_ms


def fingerprint(path: Path) -> str:
    """Return what tells two files apart: their size, and a SHA-256 over their first and last MiB.

    Returns:
        `SIZE:SHA256`, or an empty text if the file can't be read.
    """
    try:
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            digest = hashlib.sha256(file.read(_FINGERPRINT_BYTES))
            file.seek(max(0, size_bytes - _FINGERPRINT_BYTES))
            digest.update(file.read(_FINGERPRINT_BYTES))
    except OSError:
        return ""
    return f"{size_bytes}:{digest.hexdigest()}"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL byte
        return False


def _unique(names: Iterator[str]) -> Iterator[str]:
    taken: set[str] = set()
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            suffix = f"-{number}"
            candidate = name[: _MAX_ID_CHARACTERS - len(suffix)] + suffix
        taken.add(candidate)
        yield candidate
