"""What is kept of whom for how long, and who may see it; knows nothing of Streamlit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from dashboard.access import ROLES, AllowList
from dashboard.queries_overview import STATE_WORDS
from moodtrace.retention import deleted_at
from moodtrace.screening import Screening

UNREADABLE: Final = "can't be read: of another version"


def kept_table(
    started_at: Mapping[str, datetime],
    screenings: Sequence[Screening],
    days: int | None,
    now: datetime,
) -> pd.DataFrame:
    """Return one record per screening: what it is, what its audience was told, when it goes.

    Args:
        started_at: of each, by id, those that can't be read among them; gives the order.
        screenings: those that can.
        days: how long they are kept; None for ever.
        now: with its time zone.
    """
    known = {screening.id: screening for screening in screenings}
    return pd.DataFrame(
        {
            "id": name,
            "content": known[name].content if name in known else UNREADABLE,
            "audience": known[name].audience if name in known else "",
            "state": STATE_WORDS[known[name].state] if name in known else "",
            "notice": known[name].notice if name in known else "",
            "started": began,
            "deleted": deleted_at(began, days),
            "left": time_left(deleted_at(began, days), now),
        }
        for name, began in started_at.items()
    )


def time_left(until: datetime | None, now: datetime) -> str:
    """Write how long something is still kept: `12 days`, `5 hours`, `within the hour`."""
    if until is None:
        return "for ever"
    left = until - now
    if left >= timedelta(days=2):
        return f"{left.days} days"
    hours = left // timedelta(hours=1)
    return f"{hours} hours" if hours > 1 else "within the hour"


def users_table(allowed: AllowList) -> pd.DataFrame:
    """Return one record per address or domain, with its roles in their order."""
    return pd.DataFrame(
        [(who, ", ".join(r for r in ROLES if r in allowed[who])) for who in sorted(allowed)],
        columns=["who", "roles"],
    )
