"""Recorded screenings whose frames go over a log, in Redis: who sends them, and how far that came.

moodtrace:recording    ids of those that are not written to their end
{<id>}:recording       the run that counts, JSON
{<id>}:feeder          who sends its frames now, with a time to live
"""

from collections.abc import Mapping
from typing import Final

from moodtrace.screening import Recording
from moodtrace.store_connection import Connection, decoded, key, text

UNFINISHED: Final = "moodtrace:recording"
FED_MS: Final = 10_000
"""A replay that was killed counts as sending for less than this."""


class RecordedScreenings:
    """What a replay and those who write its rows tell each other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._client = connection.client

    def begun(self, screening_id: str, token: str) -> None:
        """Note that rows are to be written."""
        with self._connection.translated():
            self._client.sadd(UNFINISHED, screening_id)
        self.feed(screening_id, token)

    def over(self, screening_id: str) -> None:
        """Note that nothing more will be written."""
        with self._connection.translated():
            self._client.srem(UNFINISHED, screening_id)

    def forget(self, screening_id: str) -> None:
        """Note that its rows come without a log from now on."""
        self.over(screening_id)
        with self._connection.translated():
            names = ("recording", "offsets", "newest", "ended")
            self._client.delete(*(key(screening_id, name) for name in names))

    def unfinished(self) -> list[str]:
        """Return the ids of those that are not written to their end."""
        with self._connection.translated():
            return sorted(map(text, self._client.smembers(UNFINISHED)))

    def feed(self, screening_id: str, token: str) -> None:
        """Say that frames are still being sent, or waited for; holds for ten seconds."""
        with self._connection.translated():
            self._client.set(key(screening_id, "feeder"), token, px=FED_MS)

    def stop_feeding(self, screening_id: str) -> None:
        """Say that nobody waits for its frames any more."""
        with self._connection.translated():
            self._client.delete(key(screening_id, "feeder"))

    def is_fed(self, screening_id: str) -> bool:
        """Say whether a replay sends its frames, or waits for them."""
        with self._connection.translated():
            return bool(self._client.exists(key(screening_id, "feeder")))

    def run_of(self, screening_id: str) -> Recording | None:
        """Return the run that counts; None if its frames never went over a log."""
        with self._connection.translated():
            stored = self._client.get(key(screening_id, "recording"))
        if stored is None:
            return None
        return decoded(stored, Recording, f"run of screening {screening_id!r}")

    def newest_ms(self, screening_id: str) -> Mapping[str, int]:
        """Return how far on the playhead the frames of each camera came back."""
        with self._connection.translated():
            stored = self._client.hgetall(key(screening_id, "newest"))
        return {text(name): int(pts_ms) for name, pts_ms in stored.items()}
