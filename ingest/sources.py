"""Files named on a command line, with their offsets and camera ids; opens none of them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_MAX_ID_CHARACTERS = 64
_WITH_OFFSET = re.compile(r"(?P<file>.+)@(?P<offset_ms>[+-]?[0-9]{1,12})", re.DOTALL)


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
    """
    split = [_split(argument) for argument in arguments]
    names = _unique(_camera_name(path) for path, _ in split)
    return [
        FileSource(path, name, offset_ms)
        for (path, offset_ms), name in zip(split, names, strict=True)
    ]


def _split(argument: str) -> tuple[Path, int]:
    match = _WITH_OFFSET.fullmatch(argument)
    if match is None or _exists(Path(argument)):
        return Path(argument), 0
    return Path(match["file"]), int(match["offset_ms"])


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a NUL byte
        return False


def _camera_name(path: Path) -> str:
    safe = "".join(
        character if character.isalnum() or character in " -_.()" else "-"
        for character in path.stem
    )
    return safe[:_MAX_ID_CHARACTERS].strip() or "camera"


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
