"""Writes one live timeline to the store, and waits for a store that is away."""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final, TypeVar

from msgspec.structs import replace

from moodtrace.clock import utc_now
from moodtrace.errors import BusyError, ServerAwayError, StoreFellBackError
from moodtrace.ledger import DATA_LOST, INTERRUPTED, CameraLedger, Ledger
from moodtrace.screening import Area, Screening
from moodtrace.store import Store
from moodtrace.store_writer import CLAIM_MS, Writer
from moodtrace.timeline import Row, State
from workers.aggregate import write_gaps
from workers.identity import Identity

logger = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_S: Final = 0.5
_OTHER: Final = "screening began with other networks or settings than this process has"
PREDECESSOR_S: Final = 1.5 * CLAIM_MS / 1000
"""A process that was killed holds its claim for less than this."""


class LiveWriter:
    """The writer of one live screening, as `workers.live` wants it.

    While the store is away every call waits, and is repeated: to write a thing twice is to write it
    once.
    """

    def __init__(self, store: Store, screening_id: str, identity: Identity, hurry: Event) -> None:
        """Claim the screening and go on where its rows end.

        Args:
            store: where it is.
            screening_id: of the viewing.
            identity: of the networks behind the frames; goes into the record, unless it has one:
                frames of other networks than a timeline began with fail.
            hurry: set when there is no time any more to wait for a store that is away.

        Raises:
            BusyError: another process writes it.
            ServerAwayError: the store is away, and there is no time to wait.
        """
        self._store = store
        self._hurry = hurry
        record = self._patiently(lambda: store.screening(screening_id))
        self._record = self._begun(record, identity)
        self.identity = Identity.of(self._record)
        if self.identity != identity:
            logger.warning(_OTHER, extra={"fields": {"screening": screening_id}})
        self.areas: Sequence[Area] = self._record.areas
        self._writer = self._claimed()
        try:
            self._begin()
        except BaseException:
            self._writer.__exit__(None, None, None)
            raise

    def _begin(self) -> None:
        """Go on where the rows end."""
        self.ledger: Ledger = self._patiently(lambda: self._store.settled(self._record.id))
        self._patiently(lambda: self._writer.begin(self._record, self.ledger, fresh=False))
        self._forget_lost()

    def _begun(self, record: Screening, identity: Identity) -> Screening:
        """Return the record to begin with: who analyses a live screening first fills it in."""
        return record if record.detector else identity.written_to(record)

    @property
    def next_second(self) -> int:
        """First second that has no row yet."""
        return self._writer.next_second

    @property
    def after(self) -> State:
        """What the last row left to the next."""
        return self._writer.after

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger in one step, and gaps for rows that the store lost."""
        end = self.next_second
        try:
            self._patiently(lambda: self._writer.append(rows, ledger))
        except StoreFellBackError:
            self._patiently(self._writer.fall_back)
            fields = {"from": self.next_second, "to": end}
            logger.warning("the store lost rows", extra={"fields": fields})
            write_gaps(self, ledger, end, DATA_LOST)
            self.append(rows, ledger)

    def in_flight(self) -> dict[str, int]:
        """Return how many captured frames are not settled yet, by camera."""
        whole = self._patiently(lambda: self._store.ledger(self._record.id))
        return {camera: counts.in_flight for camera, counts in whole.items()}

    def finish(self) -> None:
        """Close the ledger and the record."""
        self._settle_rest()
        run = replace(self._record.run, finished_at=utc_now())
        cameras = tuple(sorted({*self._record.cameras, *self.ledger}))
        record = replace(self._record, state="finished", run=run, cameras=cameras)
        self._patiently(lambda: self._writer.update(record))
        self._writer.__exit__(None, None, None)
        self._record = record

    def suspend(self) -> None:
        """Let go of a screening that goes on."""
        self._settle_rest()
        self._writer.__exit__(None, None, None)

    def _forget_lost(self) -> None:
        """Book what a process that was killed had captured: it was in its memory alone."""
        self._settle_rest()

    def _settle_rest(self) -> None:
        """Book what was captured and never came as dropped."""
        whole = self._patiently(lambda: self._store.ledger(self._record.id))
        reason = self._why_missing()
        for camera, counts in whole.items():
            if counts.in_flight > 0:
                dropped = self.ledger.setdefault(camera, CameraLedger()).dropped
                dropped[reason] = dropped.get(reason, 0) + counts.in_flight
        self.append([], self.ledger)

    def _why_missing(self) -> str:
        """Return why frames that were captured never came."""
        return INTERRUPTED

    def _claimed(self) -> Writer:
        """Claim the screening, from a predecessor that was killed if need be."""
        token, until_s = uuid.uuid4().hex, time.monotonic() + PREDECESSOR_S
        while True:
            try:
                return self._patiently(lambda: self._new_claim(token))
            except BusyError:
                if time.monotonic() > until_s or self._hurry.wait(RETRY_S):
                    raise

    def _new_claim(self, token: str) -> Writer:
        return self._store.claim(self._record.id, token)

    def _patiently(self, call: Callable[[], T]) -> T:
        is_away = False
        while True:
            try:
                return call()
            except ServerAwayError as error:
                if not is_away:
                    logger.warning("rows wait", extra={"fields": {"why": error.what}})
                is_away = True
                if self._hurry.wait(RETRY_S):
                    raise
