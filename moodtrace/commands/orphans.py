"""Ends what children of children leave behind; knows nothing of what they are."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PR_SET_CHILD_SUBREAPER: Final = 36
"""prctl(2): processes whose parent ended become children of this one."""


@contextmanager
def without_orphans() -> Iterator[None]:
    """Adopt processes that lose their parent while the block runs, and kill them after it.

    Where there is no Linux, nothing is done.
    """
    if sys.platform != "linux":
        yield
        return
    _adopt(True)
    try:
        yield
    finally:
        while children := _children():
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            for child in children:
                with suppress(ChildProcessError):
                    os.waitpid(child, 0)
        _adopt(False)


def _adopt(on: bool) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def _children() -> list[int]:
    """Return the ids of this process's children; their children come to us once these end."""
    ours = os.getpid()
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _parent(folder) == ours]


def _parent(folder: Path) -> int:
    """Return the parent's id; 0 if the process has ended by now."""
    try:
        stat = (folder / "stat").read_text(errors="replace")
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
