"""What every decode process does before it touches a byte of video; knows nothing of video."""

import os
import resource
import signal
import sys
from typing import BinaryIO, Final

_MAX_FILE_BYTES: Final = 1 << 20
"""A decode process writes nothing but a few lines to stderr."""


def confine(max_memory_bytes: int | None = None) -> None:
    """Leave Ctrl-C to the parent, end when nobody reads any more, keep pictures off the disk.

    Args:
        max_memory_bytes: most that may be allocated; None sets no limit.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold pictures
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES, _MAX_FILE_BYTES))
    if max_memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (max_memory_bytes, max_memory_bytes))


def claimed_stdout() -> BinaryIO:
    """Keep stdout for events alone: what a codec library prints goes to stderr."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return output
