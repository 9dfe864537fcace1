"""What is being shown, as far as the store says: refreshed often, remembered while it is away."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from moodtrace.clock import steady_ms
from moodtrace.errors import MoodtraceError
from moodtrace.playhead import PlayEvent, Stretch, end_ms, stretches
from moodtrace.screening import viewing_id
from moodtrace.showing import Board, Showing, Showings, Shown
from moodtrace.store import Store

logger = logging.getLogger(__name__)

REFRESH_S: Final = 0.25
"""Well under the moment for which frames are held."""


class _Known(NamedTuple):
    """One screening."""

    audience: str
    started_ms: int
    stretches: Sequence[Stretch]


class LiveBoard:
    """The screenings that run, and those that are not written to their end.

    One thread refreshes it; others read what the last refresh left, which is never changed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}
        self._finished: frozenset[str] = frozenset()
        self._board = Board({}, as_of_ms=0)
        self.is_away = False
        """Whether the store did not answer when it was last asked."""

    def refresh(self) -> None:
        """Ask the store; if it is away, what was known holds."""
        try:
            self._refresh()
        except MoodtraceError as error:
            if not self.is_away:
                logger.warning("the board can't be read: %s", error.what)
            self.is_away = True
        else:
            self.is_away = False

    def board(self) -> Board:
        """Return what was shown of late, by audience, the newest first."""
        return self._board

    def shown(self) -> list[Shown]:
        """Return every viewing that is not finished."""
        known, finished = self._known, self._finished
        return [
            Shown(own, viewing, screening.stretches)
            for name, screening in known.items()
            for viewing in _viewings(screening.stretches)
            if (own := viewing_id(name, viewing)) not in finished
        ]

    def _refresh(self) -> None:
        asked_ms = steady_ms()
        known: dict[str, _Known] = {}
        for name, (record, events) in self._store.live.unfinished().items():
            found = self._store.readable(partial(self._stretches, name, events))
            if found is not None:
                known[name] = _Known(record.audience, found[0].start_ms if found else 0, found)
        self._finished = frozenset(self._over(known))
        self._known = known
        self._board = Board(_by_audience(known), asked_ms)
        for name, screening in known.items():
            own = {viewing_id(name, viewing) for viewing in _viewings(screening.stretches)}
            is_over = bool(screening.stretches) and screening.stretches[-1].is_over
            if is_over and own <= self._finished:
                self._store.live.finished(name)

    def _stretches(self, name: str, events: Sequence[PlayEvent]) -> Sequence[Stretch]:
        """Return what held between events; viewings that are new get their records."""
        found = stretches(events)
        before = self._known.get(name)
        seen = max(_viewings(before.stretches), default=0) if before else 0
        for viewing in _viewings(found)[seen:]:
            self._store.live.open_viewing(name, viewing)
        return found

    def _over(self, known: dict[str, _Known]) -> list[str]:
        """Return the viewings that ended and are written to their end."""
        ended = [
            viewing_id(name, viewing)
            for name, screening in known.items()
            for viewing in _viewings(screening.stretches)
            if end_ms(screening.stretches, viewing) is not None
        ]
        return [own for own in ended if own in self._finished or self._is_finished(own)]

    def _is_finished(self, own: str) -> bool:
        record = self._store.readable(partial(self._store.find, own))
        return record is not None and record.state == "finished"


def _viewings(known: Sequence[Stretch]) -> range:
    return range(1, known[-1].viewing + 1 if known else 1)


def _by_audience(known: dict[str, _Known]) -> Showings:
    found: dict[str, list[Showing]] = {}
    newest_first = sorted(known.items(), key=lambda item: item[1].started_ms, reverse=True)
    for name, screening in newest_first:
        showing = Showing(name, tuple(screening.stretches))
        found.setdefault(screening.audience, []).append(showing)
    return found
