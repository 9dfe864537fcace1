"""Where contents that were shown are kept for the page: one file of each name, and never another.

Knows nothing of video; what cameras saw is never kept.
"""

import filecmp
import os
import shutil
from pathlib import Path
from typing import Final

from moodtrace.errors import CannotWriteError, UsageError
from moodtrace.part_file import becoming

PLAYED: Final = frozenset({".mp4", ".m4v", ".mov", ".webm"})
"""Endings of files that browsers play."""


def keep(path: Path, folder: Path) -> str:
    """Copy a content into the folder of contents, unless it lies there already.

    Returns:
        The name of its file, which is what a record keeps.

    Raises:
        UsageError: Another file has this name there.
        CannotWriteError: It can't be copied.
    """
    name = os.fsencode(path.name).decode(errors="replace")
    target = folder / name
    try:
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with becoming(target) as part:  # nobody ever sees half of it
                shutil.copyfile(path, part)
        elif not filecmp.cmp(path, target, shallow=False):
            raise UsageError(
                "another content is kept under this name",
                where=str(target),
                try_this="give the file another name; cuts of one content are told apart by theirs",
            )
    except OSError as error:
        raise CannotWriteError(
            f"the content can't be kept for the page: {error.strerror}",
            where=str(target),
            try_this="make room there, or choose another folder with MOODTRACE_MEDIA_DIR",
        ) from error
    return name
