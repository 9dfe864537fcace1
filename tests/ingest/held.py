"""What this process holds: so that a test can say it gave everything back.

Other fixtures of the same pytest process may run servers of their own meanwhile: decode processes
are told apart by their command, everything else by comparing before and after.
"""

from contextlib import suppress
from typing import NamedTuple

import psutil


class Held(NamedTuple):
    """Open files, threads (of C libraries too) and child processes (of children too)."""

    files: int
    threads: int
    processes: frozenset[int]


def held() -> Held:
    """Look at this process."""
    this = psutil.Process()
    children = frozenset(child.pid for child in this.children(recursive=True))
    return Held(this.num_fds(), this.num_threads(), children)


def decoders() -> list[psutil.Process]:
    """Return the decode processes that run, oldest first."""
    return [child for child in psutil.Process().children() if _decodes(child)]


def _decodes(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool({"ingest.decoder", "ingest.live_decoder"} & set(process.cmdline()))
    return False
