"""Writes a live timeline out of a log to the store: the frames, their offsets, and the rows."""

from collections.abc import Collection, Mapping, Sequence
from threading import Event

from moodtrace.commands.live_writer import DATA_LOST, LiveWriter
from moodtrace.ledger import Ledger
from moodtrace.messages import Scored
from moodtrace.store import Store
from moodtrace.store_exact import ExactWriter
from moodtrace.timeline import Row
from workers.logged import Logged
from workers.networks import Identity


class LogWriter(LiveWriter):
    """The writer of one screening, as `workers.logged` wants it."""

    def __init__(self, store: Store, screening_id: str, identity: Identity, hurry: Event) -> None:
        super().__init__(store, screening_id, identity, hurry)
        newest: Mapping[str, int] = self._patiently(self._exact.newest_ms)
        self.newest_ms = max(newest.values(), default=-1)
        self.read_before: Collection[str] = self._patiently(self._exact.offsets)
        """The partitions of which the store knows how far they were read."""
        self.started_ms = int(self._record.run.started_at.timestamp() * 1000)

    @property
    def _exact(self) -> ExactWriter:
        assert isinstance(self._writer, ExactWriter)
        return self._writer

    def apply(self, partition: str, first: int, frames: Sequence[Logged], following: int) -> None:
        """Take frames, and how far their partition was read, in one step."""
        self._patiently(lambda: self._exact.apply(partition, first, frames, following))

    def lose(self, partition: str, first: int, following: int) -> None:
        """Note that frames of a partition are gone, so what is missing at the end is lost."""
        self._patiently(lambda: self._exact.lose(partition, first, following))

    def frames_of(self, second: int) -> Sequence[Scored]:
        """Return the frames of a second that is not closed, each once."""
        return self._patiently(lambda: self._exact.open_frames(second))

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger, and close their seconds, in one step."""
        self._patiently(lambda: self._exact.close(rows, ledger))

    def suspend(self) -> None:
        """Let go of a screening that goes on; what is open stays open for whoever takes over."""
        self._writer.__exit__(None, None, None)

    def _why_missing(self) -> str:
        return DATA_LOST if self._patiently(self._exact.lost) else super()._why_missing()

    def _forget_lost(self) -> None:
        """Book nothing: what was captured lies on the bus."""

    def _new_claim(self, token: str) -> ExactWriter:
        return self._store.claim_exact(self._record.id, token)
