"""How long timelines are kept: from the start of a screening on, for as many days as are set."""

from collections.abc import Mapping
from datetime import datetime, timedelta


def deleted_at(started_at: datetime, days: int | None) -> datetime | None:
    """Return when a screening may be deleted; None if never.

    Args:
        started_at: of the screening, with its time zone.
        days: as `MOODTRACE_RETENTION_DAYS` says; None to keep all.
    """
    return None if days is None else started_at + timedelta(days=days)


def due(started_at: Mapping[str, datetime], days: int, now: datetime) -> list[str]:
    """Return the screenings that have been kept long enough, in the given order.

    Args:
        started_at: of each screening, by id.
        days: how long they are kept.
        now: with its time zone.
    """
    return [name for name, began in started_at.items() if began + timedelta(days=days) <= now]
