"""What a server that answers says when it takes no writes for now; knows errors of the client only.

Each of these passes: a disk is cleaned, memory is given, another server becomes the primary. Until
then nothing is changed: a script is refused at its first write, so never half carried out.
"""

from typing import Final, NamedTuple

import redis
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    SlotNotCoveredError,
    TryAgainError,
)


class Refusal(NamedTuple):
    """Why writes are refused."""

    reason: str
    """In one word, for health and metrics."""
    what: str
    try_this: str


DISK_FULL: Final = Refusal(
    "disk_full", "it can't write to its disk", "free space there; it goes on by itself"
)
OUT_OF_MEMORY: Final = Refusal(
    "out_of_memory", "its memory is full", "raise its maxmemory, or delete screenings"
)
READ_ONLY: Final = Refusal(
    "read_only", "it is a read-only replica", "name the primary, or promote this one"
)
LOADING: Final = Refusal("loading", "it is still reading its data", "wait for it")
BUSY: Final = Refusal("busy", "it is held up by a script", "wait for it, or SCRIPT KILL")
FAILING_OVER: Final = Refusal(
    "failing_over", "nobody serves this part of it", "start its primary, or wait for a failover"
)
TOO_FEW_REPLICAS: Final = Refusal(
    "too_few_replicas", "too few replicas follow it", "start them; see min-replicas-to-write"
)

_BY_KIND: Final[tuple[tuple[type[Exception], Refusal], ...]] = (
    (BusyLoadingError, LOADING),
    (ReadOnlyError, READ_ONLY),
    (OutOfMemoryError, OUT_OF_MEMORY),
    (MasterDownError, FAILING_OVER),
    (ClusterDownError, FAILING_OVER),
    (TryAgainError, FAILING_OVER),
    (SlotNotCoveredError, FAILING_OVER),
)
_BY_WORD: Final = {"MISCONF": DISK_FULL, "BUSY": BUSY, "NOREPLICAS": TOO_FEW_REPLICAS}
"""What the client has no class for begins with the server's own word."""


def refusal_of(error: Exception) -> Refusal | None:
    """Return why writes are refused; None if `error` says something else."""
    for kind, refusal in _BY_KIND:
        if isinstance(error, kind):
            return refusal
    if isinstance(error, redis.ResponseError):
        return _BY_WORD.get(str(error).partition(" ")[0])
    return None
