"""Counts what ingest captured and lost, from several threads; decides nothing."""

from collections import Counter, defaultdict
from threading import Lock
from typing import Final

from moodtrace.ledger import CameraLedger, Ledger

NOT_SHOWN: Final = "not_shown"
"""Outcome of frames of a camera whose audience was shown nothing: they are in no ledger."""
UNPLACED: Final = "unplaced"
"""Outcome of lost frames of which nobody could say any more whether something was shown."""


class Tally:
    """Frames by screening and camera, and beside them those that belong to no screening."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ledgers: dict[str, Ledger] = {}
        self._beside: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def captured(self, screening_id: str, camera_id: str) -> None:
        """Count a frame whose fate is open."""
        with self._lock:
            self._counts(screening_id, camera_id).captured += 1

    def dropped(self, screening_id: str, camera_id: str, reason: str) -> None:
        """Count the drop of a frame that was captured."""
        with self._lock:
            counts = self._counts(screening_id, camera_id)
            counts.dropped[reason] = counts.dropped.get(reason, 0) + 1

    def lost(self, screening_id: str, camera_id: str, reason: str) -> None:
        """Count a frame that was captured and dropped at once."""
        with self._lock:
            counts = self._counts(screening_id, camera_id)
            counts.captured += 1
            counts.dropped[reason] = counts.dropped.get(reason, 0) + 1

    def beside(self, camera_id: str, outcome: str, count: int) -> None:
        """Count frames that belong to no screening."""
        with self._lock:
            self._beside[camera_id][outcome] += count

    def ledgers(self) -> dict[str, Ledger]:
        """Return what was captured and dropped so far, by screening; a copy."""
        with self._lock:
            return {
                screening_id: {
                    camera: CameraLedger(captured=c.captured, dropped=dict(c.dropped))
                    for camera, c in ledger.items()
                }
                for screening_id, ledger in self._ledgers.items()
            }

    def outside(self) -> dict[str, dict[str, int]]:
        """Return the frames that belong to no screening, by camera and outcome; a copy."""
        with self._lock:
            return {camera: dict(counts) for camera, counts in self._beside.items()}

    def _counts(self, screening_id: str, camera_id: str) -> CameraLedger:
        ledger = self._ledgers.setdefault(screening_id, {})
        return ledger.setdefault(camera_id, CameraLedger())
