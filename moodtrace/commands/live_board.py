"""What is being shown, as far as the store says: refreshed often, remembered while it is away."""

import logging
from collections.abc import Sequence
from typing import Final

from ingest.stamping import Showing, Showings
from moodtrace.errors import MoodtraceError
from moodtrace.playhead import PlayEvent, Stretch, stretches
from moodtrace.screening import viewing_id
from moodtrace.store import Store
from workers.live import Shown

logger = logging.getLogger(__name__)

REFRESH_S: Final = 0.25
"""Well under the moment for which frames are held."""
LATEST: Final = 3
"""So many screenings of an audience are remembered: what runs, and what ran just before."""


class LiveBoard:
    """The screenings that run, and those that ran a moment ago; one thread refreshes it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[str, Sequence[Stretch]]] = {}
        """Audience and stretches by screening, the oldest first."""
        self._by_audience: Showings = {}
        self._is_away = False

    def refresh(self) -> None:
        """Ask the store; if it is away, what was known holds."""
        try:
            running = self._store.live.running()
            for name, (record, events) in running.items():
                self._known[name] = record.audience, self._stretches(name, events)
            for name in self._known.keys() - running.keys():
                audience, known = self._known[name]
                if not (known and known[-1].is_over):
                    events = self._store.live.events(name)
                    self._known[name] = audience, self._stretches(name, events)
        except MoodtraceError as error:
            if not self._is_away:
                logger.warning("the board can't be read: %s", error.what)
            self._is_away = True
            return
        self._is_away = False
        self._by_audience = self._grouped()

    def showings(self) -> Showings:
        """Return what was shown of late, by audience, the newest first."""
        return self._by_audience

    def shown(self) -> list[Shown]:
        """Return every viewing that is known, ended ones included."""
        return [
            Shown(viewing_id(name, viewing), viewing, known)
            for name, (_, known) in self._known.items()
            for viewing in range(1, known[-1].viewing + 1 if known else 1)
        ]

    def _stretches(self, name: str, events: Sequence[PlayEvent]) -> Sequence[Stretch]:
        """Return what held between events; a viewing that is new gets its record."""
        found = stretches(events)
        before = self._known.get(name, ("", ()))[1]
        if found and (not before or found[-1].viewing > before[-1].viewing):
            self._store.live.open_viewing(name, found[-1].viewing)
        return found

    def _grouped(self) -> Showings:
        by_audience: dict[str, list[Showing]] = {}
        for name, (audience, known) in self._known.items():
            by_audience.setdefault(audience, []).insert(0, Showing(name, tuple(known)))
        for audience, showings in by_audience.items():
            for old in showings[LATEST:]:
                del self._known[old.screening_id]
            by_audience[audience] = showings[:LATEST]
        return by_audience
