"""Writes one live timeline to the store, and waits for a store that is away."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import Final

from msgspec.structs import replace

from moodtrace.clock import utc_now
from moodtrace.errors import ServerAwayError
from moodtrace.ledger import INTERRUPTED, CameraLedger, Ledger
from moodtrace.store import Store
from moodtrace.timeline import Row, State

logger = logging.getLogger(__name__)

RETRY_S: Final = 0.5


@dataclass(frozen=True)
class Identity:
    """What makes the numbers of a timeline."""

    detector: str
    emotion_model: str
    age_model: str | None
    config_sha256: str


class LiveWriter:
    """The writer of one live screening, as `workers.live` wants it."""

    def __init__(self, store: Store, screening_id: str, identity: Identity, stop: Event) -> None:
        """Claim the screening and go on where its rows end.

        Args:
            store: where it is.
            screening_id: of the viewing.
            identity: goes into the record.
            stop: set when waiting for a store that is away makes no sense any more.

        Raises:
            BusyError: another process writes it.
        """
        self._store = store
        self._stop = stop
        record = store.screening(screening_id)
        self._writer = store.claim(screening_id, uuid.uuid4().hex)
        self._record = replace(
            record,
            detector=identity.detector,
            emotion_model=identity.emotion_model,
            age_model=identity.age_model,
            config_sha256=identity.config_sha256,
        )
        self.ledger: Ledger = store.settled(screening_id)
        self._writer.begin(self._record, self.ledger, fresh=False)

    @property
    def next_second(self) -> int:
        """First second that has no row yet."""
        return self._writer.next_second

    @property
    def after(self) -> State:
        """What the last row left to the next."""
        return self._writer.after

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows; while the store is away, wait and try again, for writing twice is as once.

        Raises:
            ServerAwayError: it is away and `stop` is set.
        """
        is_away = False
        while True:
            try:
                self._writer.append(rows, ledger)
            except ServerAwayError:
                if not is_away:
                    logger.warning("the store is away; rows wait")
                is_away = True
                if self._stop.wait(RETRY_S):
                    raise
            else:
                return

    def in_flight(self) -> int:
        """Return how many captured frames are not settled yet."""
        whole = self._store.ledger(self._record.id)
        return sum(counts.in_flight for counts in whole.values())

    def finish(self) -> None:
        """Close the ledger and the record."""
        self._settle_rest()
        run = replace(self._record.run, finished_at=utc_now())
        cameras = tuple(sorted({*self._record.cameras, *self.ledger}))
        self._writer.update(replace(self._record, state="finished", run=run, cameras=cameras))
        self._writer.__exit__(None, None, None)

    def suspend(self) -> None:
        """Let go of a screening that goes on."""
        self._settle_rest()
        self._writer.__exit__(None, None, None)

    def _settle_rest(self) -> None:
        """Book what was captured and never came as dropped."""
        whole = self._store.ledger(self._record.id)
        for camera, counts in whole.items():
            if counts.in_flight:
                dropped = self.ledger.setdefault(camera, CameraLedger()).dropped
                dropped[INTERRUPTED] = dropped.get(INTERRUPTED, 0) + counts.in_flight
        self.append([], self.ledger)
