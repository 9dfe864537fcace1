"""Deletes screenings whose time is over, beside the work of a process that runs for days."""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Event
from typing import Final

from moodtrace.bus_kafka import Cluster
from moodtrace.clock import utc_now
from moodtrace.deletion import purge
from moodtrace.errors import MoodtraceError
from moodtrace.store import Store

logger = logging.getLogger(__name__)

EVERY_S: Final = 3600.0


def keep_clean(
    store: Store,
    days: int | None,
    cluster: Cluster | None,
    stop: Event,
    now: Callable[[], datetime] = utc_now,
    every_s: float = EVERY_S,
) -> None:
    """Delete what is due now and every hour; a store or Kafka that is away is asked again then.

    Args:
        store: where the screenings are.
        days: how long they are kept; None to keep all, which returns at once.
        cluster: brokers to be told; None where none are used.
        stop: ends it.
        now: the time of day.
        every_s: how long to wait between.
    """
    while days is not None:
        try:
            for name in purge(store, days, now(), cluster):
                logger.info("deleted by age", extra={"fields": {"id": name, "days": days}})
        except MoodtraceError as error:
            logger.warning("deleting by age waits", extra={"fields": {"error": error.what}})
        if stop.wait(every_s):
            return
