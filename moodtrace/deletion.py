"""Deleting screenings everywhere: the same for commands, the page and what ends with its time."""

from datetime import datetime
from typing import Final

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import SCREENINGS
from moodtrace.errors import BusyError, ServerAwayError, StoredDataError, UnknownScreeningError
from moodtrace.retention import due
from moodtrace.screening import ScreeningDeleted
from moodtrace.store import Store

TOLD_S: Final = 10.0
"""So long Kafka may take to be told."""


def delete(store: Store, name: str, cluster: Cluster | None) -> None:
    """Delete a screening and all its rows; where Kafka is used, nothing restores it from there.

    Args:
        store: where it is.
        name: its id.
        cluster: brokers to be told; None where none are used.

    Raises:
        UnknownScreeningError: There is none with this id.
        BusyError: Somebody is writing it, or it is being shown.
        ServerAwayError: The store or the brokers don't answer.
    """
    if cluster is not None:
        note_deleted(cluster, name)
    store.delete(name)


def purge(store: Store, days: int, now: datetime, cluster: Cluster | None) -> list[str]:
    """Delete what has been kept long enough; what runs or is written waits for another time.

    Args:
        store: where the screenings are.
        days: how long they are kept.
        now: with its time zone.
        cluster: brokers to be told; None where none are used.

    Returns:
        The ids of those that were deleted.

    Raises:
        ServerAwayError: The store or the brokers don't answer.
    """
    gone = []
    for name in due(store.started_at(), days, now):
        try:
            if _runs(store, name):
                continue
            delete(store, name, cluster)
        except (BusyError, UnknownScreeningError):  # another process is at it
            continue
        gone.append(name)
    return gone


def note_deleted(cluster: Cluster, name: str) -> None:
    """Tell that what lies on Kafka of a screening is never restored.

    Raises:
        ServerAwayError: The brokers don't answer.
    """
    with Producer(cluster, SCREENINGS, when_full="wait") as records:
        records.send(ScreeningDeleted(screening_id=name))
        if not records.flush(TOLD_S):
            raise ServerAwayError(
                "Kafka does not answer, and would restore what is deleted; nothing was",
                where=cluster.servers,
                try_this="try again once it runs",
            )


def _runs(store: Store, name: str) -> bool:
    """Say whether a screening runs; one whose record can't be read does not."""
    try:
        found = store.find(name)
    except StoredDataError:
        return False
    return found is not None and found.state == "running"
