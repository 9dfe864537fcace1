"""Writes a timeline out of a log to the store: the frames, their offsets, and the rows."""

from collections.abc import Callable, Mapping, Sequence
from threading import Event

from msgspec.structs import replace

from moodtrace.clock import utc_now
from moodtrace.ledger import DATA_LOST, Ledger, Loss
from moodtrace.messages import Scored, SourceFinished
from moodtrace.screening import Recording, Screening, ScreeningRecorded, State
from moodtrace.store import Store
from moodtrace.store_exact import ExactWriter
from moodtrace.timeline import Row
from workers.identity import Identity
from workers.live_writer import LiveWriter
from workers.logged import ScreeningOverError
from workers.recorded import Logged


class LogWriter(LiveWriter):
    """The writer of one screening, live or recorded, as `workers.logged` wants it."""

    def __init__(
        self,
        store: Store,
        screening_id: str,
        identity: Identity,
        hurry: Event,
        told: Callable[[ScreeningRecorded], None],
    ) -> None:
        """Claim the screening and go on where its rows end.

        Args:
            store: where it is.
            screening_id: of the screening, or of a viewing's own trace.
            identity: goes into the record of a live one.
            hurry: set when there is no time any more to wait for a store that is away.
            told: told what the screening is: of a live one when it is taken up, of any at its end.

        Raises:
            ScreeningOverError: it is written to its end.
            BusyError: another process writes it.
            ServerAwayError: the store is away, and there is no time to wait.
        """
        self._told = told
        super().__init__(store, screening_id, identity, hurry)
        if self._record.live:
            told(ScreeningRecorded(screening_id=screening_id, record=self._record))

    def _begin(self) -> None:
        super()._begin()
        self.recording: Recording | None = None
        if not self._record.live:
            self.recording = self._patiently(lambda: self._store.recorded.run_of(self._record.id))
        newest: Mapping[str, int] = self._patiently(self._exact.newest_ms)
        self.newest_ms = max(newest.values(), default=-1)
        self.read_before: Mapping[str, int] = self._patiently(self._exact.offsets)
        """How far each partition was read, as the store knew."""
        self.started_ms = int(self._record.run.started_at.timestamp() * 1000)

    @property
    def _exact(self) -> ExactWriter:
        assert isinstance(self._writer, ExactWriter)
        return self._writer

    def apply(self, partition: str, first: int, messages: Sequence[Logged], following: int) -> None:
        """Take messages, and how far their partition was read, in one step."""
        self._patiently(lambda: self._exact.apply(partition, first, messages, following))

    def lose(self, partition: str, first: int, loss: Loss) -> None:
        """Note that frames of a partition are gone."""
        self._patiently(lambda: self._exact.lose(partition, first, loss))

    def begin_anew(self, partition: str, offset: int | None) -> None:
        """Read another log than until now; what was not read of that is lost."""
        self._patiently(lambda: self._exact.begin_anew(partition, offset, self.newest_ms))
        self.read_before = {} if offset is None else {partition: offset}

    def lost(self) -> Sequence[Loss]:
        """Return the parts of the log that were gone before they were read."""
        return self._patiently(self._exact.lost)

    @property
    def last_gap(self) -> str:
        """Why the last row has no data; empty if it has."""
        return self._writer.last_gap

    def frames_of(self, second: int) -> Sequence[Scored]:
        """Return the frames of a second that is not closed, each once."""
        return self._patiently(lambda: self._exact.open_frames(second))

    def ended(self) -> Sequence[SourceFinished]:
        """Return what was said of cameras that have no more."""
        return self._patiently(self._exact.ended)

    def is_fed(self) -> bool:
        """Say whether a replay still sends frames, or waits for the end."""
        return self._patiently(lambda: self._store.recorded.is_fed(self._record.id))

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger, and close their seconds, in one step."""
        self._patiently(lambda: self._exact.close(rows, ledger))

    def finish(self) -> None:
        """Close the ledger and the record of a live screening."""
        super().finish()
        self._tell_the_end()

    def end(self, state: State, ended: Sequence[SourceFinished]) -> None:
        """Close the record of a recorded screening."""
        problems = {word.camera_id: word.reason for word in ended if word.reason != "interrupted"}
        sources = {
            camera: replace(source, problem=problems.get(camera, ""))
            for camera, source in self._record.sources.items()
        }
        run = replace(self._record.run, finished_at=utc_now())
        self._record = replace(self._record, state=state, sources=sources, run=run)
        self._patiently(lambda: self._writer.update(self._record))
        self._patiently(lambda: self._store.recorded.over(self._record.id))
        self._writer.__exit__(None, None, None)
        self._tell_the_end()

    def suspend(self) -> None:
        """Let go of a screening that goes on; what is open stays open for whoever takes over."""
        self._writer.__exit__(None, None, None)

    def _why_missing(self) -> str:
        return DATA_LOST if self.lost() else super()._why_missing()

    def _begun(self, record: Screening, identity: Identity) -> Screening:
        """Return the record to begin with: a replay has written all of its own."""
        if record.run.finished_at is not None:
            raise ScreeningOverError(record.id)
        return super()._begun(record, identity)

    def _tell_the_end(self) -> None:
        self._told(
            ScreeningRecorded(
                screening_id=self._record.id,
                record=self._record,
                recording=self.recording,
                seconds=self.next_second,
                ledger=self._patiently(lambda: self._store.ledger(self._record.id)),
            )
        )

    def _forget_lost(self) -> None:
        """Book nothing: what was captured lies on the bus."""

    def _new_claim(self, token: str) -> ExactWriter:
        return self._store.claim_exact(self._record.id, token)
