"""Cameras to the bus: supervisor, board, intake and booking, wired to a store and a way to send."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Final

from ingest.camera_keeper import Outlets
from ingest.intake import Intake
from ingest.stamping import Opening, Stamp, Stamper
from ingest.supervisor import supervise
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.commands.config_reload import ConfigReload
from moodtrace.commands.crew import Crew
from moodtrace.commands.live_board import REFRESH_S, LiveBoard
from moodtrace.errors import MoodtraceError
from moodtrace.ledger import Ledger, added
from moodtrace.messages import Captured
from moodtrace.store import Store

logger = logging.getLogger(__name__)

BOOK_S: Final = 1.0


class LiveIngest:
    """What ingest knows while it runs; other parts of the process ask it."""

    def __init__(self, store: Store, send: Callable[[Captured], None]) -> None:
        """Prepare; nothing is read yet.

        Args:
            store: where cameras and screenings are.
            send: passes a message on; never waits for long.
        """
        self._store = store
        self.board = LiveBoard(store)
        self.intake = Intake(Stamper(self._stamp_of), self.board.showings, send)
        self._statuses: dict[str, CameraStatus] = {}
        self._booked: dict[str, Ledger] = {}
        self._lock = Lock()

    @contextmanager
    def running(self, config: Path | None) -> Iterator[None]:
        """Read cameras while the block runs; at its end all that was captured has been sent.

        Args:
            config: a file of cameras that is followed, if any.
        """
        self.board.refresh()
        reading, placing = Event(), Event()
        with Crew(placing) as placers:
            placers.start("board", lambda: self._refresh(placing))
            placers.start("booking", lambda: self._book_until(placing))
            placers.start("intake", lambda: self.intake.run(placing))
            with Crew(reading) as readers:
                if config:
                    reload = ConfigReload(config, self._store.cameras)
                    readers.start("config", lambda: reload.run(reading))
                outlets = Outlets(secret_of, self.intake.put, self._report)
                wanted = self._store.cameras.all
                readers.start("cameras", lambda: supervise(wanted, outlets, reading))
                yield
        self._book()

    def statuses(self) -> list[CameraStatus]:
        """Return how the cameras fare that were read since the start."""
        with self._lock:
            return list(self._statuses.values())

    def _stamp_of(self, opening: Opening) -> Stamp:
        own, epoch = self._store.live.open_camera(
            opening.screening_id, opening.viewing, opening.camera_id
        )
        return Stamp(own, epoch)

    def _report(self, status: CameraStatus) -> None:
        with self._lock:
            self._statuses[status.name] = status
        self._store.cameras.report([status])

    def _refresh(self, stop: Event) -> None:
        while not stop.wait(REFRESH_S):
            self.board.refresh()

    def _book_until(self, stop: Event) -> None:
        while not stop.wait(BOOK_S):
            self._book()

    def _book(self) -> None:
        """Store what was captured, on top of what an earlier ingest stored."""
        try:
            for screening_id, ledger in self.intake.ledgers().items():
                if screening_id not in self._booked:
                    self._booked[screening_id] = self._store.live.captured(screening_id)
                whole = added(self._booked[screening_id], ledger)
                self._store.live.book(screening_id, whole)
        except MoodtraceError as error:  # the next time has it all
            logger.debug("counts not stored", extra={"fields": {"error": error.what}})


def secret_of(camera: Camera, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the password that a camera names, empty if none; None if it is not there."""
    if not camera.password_env and not camera.password_file:
        return ""
    if camera.password_env:
        return environ.get(camera.password_env)
    try:
        return Path(camera.password_file).read_text("utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError):
        return None
