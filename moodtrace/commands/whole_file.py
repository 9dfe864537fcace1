"""Writes a file that is whole or not there, whatever ends the command."""

import os
from pathlib import Path

from moodtrace.errors import CannotWriteError
from moodtrace.part_file import becoming


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in the place of what the file held; pipes and devices are written to as they are.

    Raises:
        CannotWriteError: Its folder is not there or may not be written to, or the disk is full.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            with becoming(target) as part, part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise CannotWriteError(
            f"the file can't be written: {error.strerror}",
            where=str(path),
            try_this="name a file in a folder that exists and that you may write, with -o",
        ) from error
