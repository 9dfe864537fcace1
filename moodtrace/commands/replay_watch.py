"""What a replay over Kafka sees of its workers, by way of the store: how far they came."""

import time
from collections import deque
from typing import Final

from moodtrace.errors import BusyError, ConfigurationError, ServerAwayError
from moodtrace.messages import Captured
from moodtrace.screening import Screening
from moodtrace.store import Store
from moodtrace.timeline import Row

LOOK_S: Final = 0.2
PATIENCE_S: Final = 60.0
"""So long the workers may do nothing that can be seen."""


class Watch:
    """Looks at the store every now and then, and remembers; a store that is away is waited for."""

    def __init__(self, store: Store, begun: Screening, patience_s: float = PATIENCE_S) -> None:
        """Begin to watch.

        Args:
            store: where rows are written.
            begun: the record that this replay began with.
            patience_s: how long nothing may happen.
        """
        self._store = store
        self._begun = begun
        self._patience_s = patience_s
        self._waiting: dict[str, deque[int]] = {camera: deque() for camera in begun.cameras}
        """By camera, playheads of the frames whose faces are not seen yet."""
        self._seen: object = None
        self._moved_s = self._looked_s = time.monotonic()
        self._is_checked = False
        self.record = begun
        """The record as it was seen last."""
        self.seconds = store.next_second(begun.id)
        """Rows that are written."""

    @property
    def ahead(self) -> int:
        """Frames that were sent and whose faces are not seen yet."""
        return sum(map(len, self._waiting.values()))

    @property
    def is_over(self) -> bool:
        """Whether all is written."""
        return self.record.run.finished_at is not None

    def sent(self, frame: Captured) -> None:
        """Note that a frame was sent."""
        if not self.ahead:
            self._moved_s = time.monotonic()
        self._waiting[frame.camera_id].append(frame.pts_ms)

    def look(self) -> None:
        """Ask the store, unless that was done a moment ago.

        Raises:
            ServerAwayError: for a long time nothing happened.
            BusyError: another replay began this screening anew.
            ConfigurationError: the workers have other networks.
        """
        if time.monotonic() < self._looked_s + LOOK_S:
            return
        self._looked_s = time.monotonic()
        try:
            self._look()
        except ServerAwayError:
            if self._is_patient():
                return
            raise
        if not self._is_patient() and not self.is_over:
            raise ServerAwayError(
                f"no worker did anything for {self._patience_s:.0f} s",
                where=f"screening {self._begun.id!r}, {self.ahead} frames wait",
                try_this="start `moodtrace worker infer` and `moodtrace worker aggregate` with this"
                " --kafka and --redis, then repeat with --resume",
            )

    def _look(self) -> None:
        name = self._begun.id
        self._store.recorded.feed(name, self._begun.run.id)
        newest = self._store.recorded.newest_ms(name)
        for camera, waiting in self._waiting.items():
            while waiting and waiting[0] <= newest.get(camera, -1):
                waiting.popleft()
        record, self.seconds = self._store.screening(name), self._store.next_second(name)
        if record.run.id != self._begun.run.id:
            raise BusyError(
                "another replay began this screening anew",
                where=f"screening {name!r}",
                try_this="`moodtrace screening show` says how far that one is",
            )
        self.record = record
        if (newest, self.seconds) != self._seen:
            self._seen = newest, self.seconds
            self._moved_s = time.monotonic()
            self._check_networks()

    def _is_patient(self) -> bool:
        return time.monotonic() < self._moved_s + self._patience_s

    def _check_networks(self) -> None:
        """Compare, once, who analysed with what the record says."""
        if self._is_checked:
            return
        row = next((row for row in self._store.rows(self._begun.id) if not row.gap), None)
        if row is None:
            return
        self._is_checked = True
        if _networks(row) != _networks(self._begun):
            raise ConfigurationError(
                "the workers analyse with other networks than this replay says",
                where=f"they: {_networks(row)}; here: {_networks(self._begun)}",
                try_this="start them with the same --detector and settings, then repeat with"
                " --replace",
            )


def _networks(of: Row | Screening) -> str:
    return ", ".join(filter(None, (of.detector, of.emotion_model, of.age_model)))
