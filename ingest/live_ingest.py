"""Cameras to the bus: supervisor, board, intake and booking, wired to a store and a way to send."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Event, Lock
from typing import Final

import msgspec

from ingest.camera_keeper import Outlets
from ingest.epochs import Epochs
from ingest.intake import Intake
from ingest.live_events import LiveJob
from ingest.stamping import Opening, Stamper
from ingest.supervisor import supervise
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.clock import steady_ms, wall_ms
from moodtrace.crew import Crew
from moodtrace.errors import BusyError, MoodtraceError
from moodtrace.ledger import Ledger, added, since
from moodtrace.live_board import REFRESH_S, LiveBoard
from moodtrace.messages import Captured
from moodtrace.playhead import place
from moodtrace.store import Store
from moodtrace.store_cameras import STATUS_MS

logger = logging.getLogger(__name__)

Follow = Callable[[Event], None]

BOOK_S: Final = 1.0
TURN_S: Final = 0.5
LAST_MS: Final = 4_000
"""From when nothing more is read: so long a store that is away is waited for with the counts."""
PREDECESSOR_MS: Final = STATUS_MS + 2_000
"""An ingest that was killed holds its claim for less than this."""


class LiveIngest:
    """What ingest knows while it runs; other parts of the process ask it."""

    def __init__(
        self,
        store: Store,
        job_of: Callable[[Camera], LiveJob | str],
        send: Callable[[Captured, int], None],
        face_px: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            store: where cameras and screenings are.
            job_of: says how to read a camera, or why it can't be read.
            send: passes a message on, with the Unix time of its capture in ms; never waits for
                long.
            face_px: median size of a camera's faces of late, where they are analysed.
        """
        self._store = store
        self._face_px = face_px
        self._job_of = job_of
        self.board = LiveBoard(store)
        self.failed = Event()
        """Set when a part of it failed; what it was is raised where the block ends."""
        self._epochs = Epochs(self._raised)
        self.intake = Intake(Stamper(self._epochs.of), self.board.board, send)
        self._statuses: dict[str, tuple[int, CameraStatus]] = {}
        self._before: dict[str, Ledger] = {}
        """What an earlier ingest had booked, by screening."""
        self._booked: dict[str, Ledger] = {}
        """What this one has."""
        self._read: dict[str, Ledger] = {}
        """Ledgers as somebody looked at them last; one of a screening that is over stays."""
        self._ended_ms = 0
        self._lock = Lock()
        self._token = uuid.uuid4().hex

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Be the one ingest of the store while the block runs; at its end all counts are stored.

        What can't be stored is logged: there is no time to wait for a store for long.

        Raises:
            BusyError: another ingest reads these cameras.
        """
        self._claim()
        self._ended_ms = steady_ms()
        try:
            yield
        finally:
            self._close_books()

    @contextmanager
    def running(self, follower: Callable[[], Follow] | None) -> Iterator[None]:
        """Read cameras while the block runs; at its end all that was captured has been sent.

        Args:
            follower: reads a file of cameras, and returns what follows it until it is told to end;
                None where there is no such file.

        Raises:
            ConfigurationError: the file is wrong.
        """
        self.board.refresh()
        reading, placing, asking = Event(), Event(), Event()
        with Crew(asking, self.failed) as askers:
            askers.start("board", lambda: self._refresh(asking))
            askers.start("epochs", lambda: self._epochs.run(asking))
            with Crew(placing, self.failed) as placers:
                placers.start("intake", lambda: self.intake.run(placing))
                with Crew(reading, self.failed) as readers:
                    readers.start("booking", lambda: self._book_until(reading))
                    if follower:
                        follow = follower()
                        readers.start("config", lambda: follow(reading))
                    outlets = Outlets(self._job_of, self.intake.put, self._report, self._face_px)
                    wanted = self._store.cameras.all
                    readers.start("cameras", lambda: supervise(wanted, outlets, reading))
                    try:
                        yield
                    finally:
                        self._ended_ms = steady_ms()

    def dropped(self, message: Captured, reason: str) -> None:
        """Count a message that was sent and then dropped, before anybody analysed it."""
        self.intake.tally.dropped(message.screening_id, message.camera_id, reason)

    def unready(self) -> str:
        """Return why it can't do its work now; empty if it can."""
        if self.failed.is_set():
            return "a part of it failed"
        return "the store is away" if self.board.is_away else self._store.unready()

    def statuses(self) -> list[CameraStatus]:
        """Return how the cameras fare that are read now."""
        with self._lock:
            told = list(self._statuses.values())
        return [status for at_ms, status in told if steady_ms() - at_ms < STATUS_MS]

    def ledger(self) -> Ledger:
        """Return what became of the frames of each camera, over all screenings it captured for."""
        whole: Ledger = {}
        shown = {viewing.screening_id for viewing in self.board.shown()}
        for screening_id, ledger in self.intake.tally.ledgers().items():
            is_over = screening_id not in shown and ledger == self._booked.get(screening_id)
            if not is_over or screening_id not in self._read:
                self._read[screening_id] = self._store.ledger(screening_id)
            whole = added(whole, self._read[screening_id])
        return whole

    def freshness_s(self) -> float | None:
        """Return how far behind the playhead the rows are, of the screening that lags most."""
        behind = [
            (at.pts_ms - self._store.next_second(shown.screening_id) * 1000) / 1000
            for shown in self.board.shown()
            if (at := place(shown.stretches, wall_ms())) and at.viewing == shown.viewing
        ]
        return max(behind, default=None)

    def _claim(self) -> None:
        """Become the one who reads the cameras, after one that was killed if need be."""
        until_ms = steady_ms() + PREDECESSOR_MS
        while not self._store.cameras.read_by(self._token):
            if steady_ms() > until_ms:
                raise BusyError(
                    "another ingest reads the cameras of this store",
                    where="moodtrace up or moodtrace ingest, on this machine or another",
                    try_this="end it, or give this one a store of its own: --redis",
                )
            time.sleep(TURN_S)

    def _raised(self, opening: Opening) -> int:
        return self._store.live.open_camera(
            opening.screening_id, opening.viewing, opening.camera_id
        )[1]

    def _report(self, status: CameraStatus) -> None:
        with self._lock:
            self._statuses[status.name] = steady_ms(), status
        self._store.cameras.report([status])

    def _refresh(self, stop: Event) -> None:
        while not stop.wait(REFRESH_S):
            self.board.refresh()

    def _book_until(self, stop: Event) -> None:
        while not stop.wait(BOOK_S):
            self._book()

    def _book(self) -> bool:
        """Store what is new, on top of what an earlier ingest stored; False if it can't be."""
        try:
            self._store.cameras.read_by(self._token)
            for screening_id, ledger in self.intake.tally.ledgers().items():
                if ledger != self._booked.get(screening_id):
                    self._store.readable(partial(self._book_one, screening_id, ledger))
        except MoodtraceError as error:  # the next time has it all
            logger.debug("counts not stored", extra={"fields": {"error": error.what}})
            return False
        return True

    def _book_one(self, screening_id: str, ledger: Ledger) -> None:
        if screening_id not in self._before:
            self._before[screening_id] = self._store.live.captured(screening_id)
        self._store.live.book(screening_id, added(self._before[screening_id], ledger))
        self._booked[screening_id] = ledger

    def _close_books(self) -> None:
        """Book what is left, and let another ingest read the cameras."""
        while not (is_booked := self._book()) and steady_ms() < self._ended_ms + LAST_MS:
            time.sleep(TURN_S)
        if is_booked:
            with suppress(MoodtraceError):  # a store that is away lets the claim run out
                self._store.cameras.let_go(self._token)
            return
        lost = {
            screening_id: msgspec.to_builtins(news)
            for screening_id, ledger in self.intake.tally.ledgers().items()
            if (news := since(ledger, self._booked.get(screening_id, {})))
        }
        logger.error("the store is away: counts are lost", extra={"fields": {"counts": lost}})
