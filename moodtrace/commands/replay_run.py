"""A replay: ingest, workers and store wired together in one process.

    decode processes → [infer thread] → topic of faces → [this thread: aggregate → store]

Decoding, analysis and aggregation overlap; each waits for the next where it is faster.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain, islice
from threading import Event, Thread
from types import FrameType

from msgspec.structs import replace

from ingest.events import DecodeJob, PublicEvent
from ingest.recorded import read_recorded
from moodtrace.bus import Topic, TopicClosedError
from moodtrace.clock import utc_now
from moodtrace.commands.console import counted, give_up, say
from moodtrace.commands.open_store import open_store
from moodtrace.commands.progress import replay_bar
from moodtrace.commands.replay_outcome import Outcome, errors_of
from moodtrace.commands.replay_plan import Existing, Plan
from moodtrace.commands.replay_sources import Sources
from moodtrace.commands.summary import summary
from moodtrace.errors import BusyError, ExitCode, MoodtraceError, UsageError
from moodtrace.ledger import INTERRUPTED, CameraLedger, Ledger, drop_in_flight, reopen
from moodtrace.messages import Captured, Scored
from moodtrace.problems import SourceError
from moodtrace.screening import Screening, State
from moodtrace.store import Store
from moodtrace.store_writer import Writer
from workers.aggregate import aggregate, write_gaps
from workers.analyzer import Analyzer
from workers.infer import infer

MAX_FACES_AHEAD = 64
"""Messages that may wait between analysis and aggregation."""


class RunInterruptedError(Exception):
    """The person asked the run to end; seconds written so far stay."""


def run(plan: Plan, redis_url: str | None) -> Outcome:
    """Carry out a plan.

    Raises:
        BusyError: The screening exists, or somebody is writing it.
        UsageError: The run to resume was another one.
        SystemExit: Not one source could be read, as was told; nothing was stored.
    """
    name = plan.screening.id
    if not any(os.path.lexists(source.path) for source in plan.sources):
        give_up([SourceError("no_such_file", str(source.path)) for source in plan.sources])
    with open_store(plan.settings, redis_url) as store:
        with store.claim(name, plan.screening.run.id) as writer:
            known = existing(store, plan)
            if known is None or known.state != "finished":
                store.recorded.forget(name)
                ledger = {} if known is None else store.ledger(name)
                _replay(writer, plan, ledger, resumed=known is not None)
        screening = store.screening(name)
        found = summary(screening, store.rows(name), store.ledger(name))
    return Outcome(screening, found, errors_of(plan, screening.sources))


def existing(store: Store, plan: Plan) -> Screening | None:
    """Return the run to take up again, or None to begin anew."""
    known = None if plan.existing is Existing.REPLACE else store.find(plan.screening.id)
    if known is None:
        return None
    if plan.existing is Existing.REFUSE:
        raise BusyError(
            "this screening exists already",
            where=f"screening {known.id!r}",
            try_this="add --replace to overwrite it, --resume to go on, or choose another id",
        )
    if _inputs(known) != _inputs(plan.screening):
        raise UsageError(
            "files or settings differ from those of the run to resume",
            where=f"screening {known.id!r}",
            try_this="repeat the first command with --resume added, or start over with --replace",
        )
    return known


def _inputs(screening: Screening) -> tuple[object, ...]:
    """Return what two runs must share for one to go on where the other stopped."""
    files = {
        camera: (source.name, source.offset_ms, source.fingerprint)
        for camera, source in screening.sources.items()
    }
    return screening.content, screening.audience, screening.config_sha256, files


def _replay(writer: Writer, plan: Plan, ledger: Ledger, *, resumed: bool) -> None:
    """Read, analyse and write until all is done or the person interrupts."""
    reopen(ledger)
    for camera in plan.screening.cameras:
        ledger.setdefault(camera, CameraLedger())
    analyzer = plan.networks.analyzer(plan.analysis)
    start_ms = writer.next_second * 1000 if resumed else 0
    sources = Sources(ledger, {s.camera_id: s.offset_ms for s in plan.sources})
    epochs = writer.raise_epochs(plan.screening.cameras)
    with reading(plan, epochs, start_ms) as events:
        captured = sources.captured(events)
        first = list(islice(captured, 1))
        if not first and not resumed:
            give_up(errors_of(plan, sources.described(plan.screening.sources)))
        writer.begin(plan.screening, ledger, fresh=not resumed)
        try:
            state = _analyse_and_write(analyzer, chain(first, captured), sources, writer, plan)
        except BaseException:
            with suppress(MoodtraceError):  # the first error is the one to tell
                _end(writer, plan.screening, sources, "failed")
            raise
    _end(writer, plan.screening, sources, state)


@contextmanager
def reading(
    plan: Plan, epochs: Mapping[str, int], start_ms: int
) -> Iterator[Iterator[PublicEvent]]:
    """Read all sources; their decode processes end with this."""
    events = read_recorded(_jobs(plan, epochs, start_ms))
    try:
        yield events
    finally:
        events.close()


def _jobs(plan: Plan, epochs: Mapping[str, int], start_ms: int) -> list[DecodeJob]:
    return [
        DecodeJob(
            path=os.fsencode(source.path),
            screening_id=plan.screening.id,
            camera_id=source.camera_id,
            source_epoch=epochs[source.camera_id],
            fps=plan.screening.fps,
            max_width=plan.analysis.max_width,
            max_height=plan.analysis.max_height,
            offset_ms=source.offset_ms,
            start_ms=start_ms,
        )
        for source in plan.sources
    ]


def _analyse_and_write(
    analyzer: Analyzer, frames: Iterator[Captured], sources: Sources, writer: Writer, plan: Plan
) -> State:
    """Run the infer thread, aggregate here, and return how it ended."""
    stop = Event()
    faces: Topic[Scored] = Topic(MAX_FACES_AHEAD)
    thread = Thread(target=_infer, args=(frames, analyzer, faces, stop, sources), name="infer")
    thread.start()
    try:
        with draining(stop):
            _aggregate(faces, writer, sources, plan)
    except RunInterruptedError:
        return "interrupted"
    finally:
        stop.set()
        faces.abandon()
        thread.join()
    return "finished"


def _infer(
    frames: Iterator[Captured],
    analyzer: Analyzer,
    faces: Topic[Scored],
    stop: Event,
    sources: Sources,
) -> None:
    """Analyse frames until they end or `stop` is set; what was begun is finished."""

    def until_stopped() -> Iterator[Captured]:
        for frame in frames:
            yield frame
            if stop.is_set():
                return

    try:
        for message in infer(until_stopped(), analyzer):
            faces.send(message)
    except TopicClosedError:
        return
    except BaseException as error:
        faces.close(error)  # raised again where the faces are read
    else:
        cut_short = stop.is_set() or sources.is_lost
        faces.close(RunInterruptedError() if cut_short else None)


def _aggregate(faces: Topic[Scored], writer: Writer, sources: Sources, plan: Plan) -> None:
    """Write rows as they are complete, and show how far it is."""
    seen: set[int] = set()
    frames, started_s = 0, time.monotonic()
    first = writer.next_second
    with replay_bar() as show_progress:
        shaping = (plan.screening.thresholds, plan.screening.areas)
        for row in aggregate(faces, writer, sources.ledger, *shaping):
            frames += row.frames
            seen |= {viewer.id for viewer in row.people}
            spent_s = time.monotonic() - started_s
            speed = (row.second + 1 - first) / spent_s
            people = counted(len(seen), "viewer")
            show_progress(
                row.second + 1,
                sources.length_ms / 1000 or None,
                f"{frames / spent_s:.0f} fps · {speed:.1f}x real time · {people}",
            )
        spent_s = time.monotonic() - started_s
    if frames:
        say(
            f"{frames} frames in {spent_s:.1f} s: {frames / spent_s:.0f} fps,"
            f" {(writer.next_second - first) / spent_s:.1f}x real time,"
            f" {counted(len(seen), 'viewer')}."
        )


@contextmanager
def draining(stop: Event) -> Iterator[None]:
    """Let the first Ctrl-C finish what is in flight, and the second end at once."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(ExitCode.INTERRUPTED)
        stop.set()
        say("Finishing what is in flight; Ctrl-C again ends at once …")

    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in previous:
        signal.signal(number, interrupted)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _end(writer: Writer, screening: Screening, sources: Sources, state: State) -> None:
    """Close the ledger and the record; what a broken source owes becomes gaps."""
    if state == "finished":
        end_ms, reason = sources.missing_tail
        write_gaps(writer, sources.ledger, -(-end_ms // 1000), reason)
    else:
        drop_in_flight(sources.ledger, INTERRUPTED)
    writer.append([], sources.ledger)
    run = replace(screening.run, finished_at=utc_now())
    described = sources.described(screening.sources)
    writer.update(replace(screening, state=state, sources=described, run=run))
