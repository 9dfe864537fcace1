"""A replay over Kafka: decodes here, and waits for the rows that workers write elsewhere.

    decode processes → [this thread] → frames … infer … faces … aggregate → store

Nothing is dropped: it stays only so far ahead of the workers that no frame grows old on its topic.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from itertools import chain, islice
from threading import Event
from typing import Final

from msgspec.structs import replace

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import BROKER_AWAY, OVERHEAD_BYTES, TOO_LARGE, Producer
from moodtrace.bus_topics import FRAMES, SCREENINGS
from moodtrace.clock import wall_ms
from moodtrace.commands.console import give_up
from moodtrace.commands.open_store import open_store
from moodtrace.commands.progress import replay_bar
from moodtrace.commands.replay_outcome import Outcome, errors_of, say_speed
from moodtrace.commands.replay_plan import Plan
from moodtrace.commands.replay_run import draining, existing, reading
from moodtrace.commands.replay_sources import Sources
from moodtrace.commands.replay_watch import LOOK_S, PATIENCE_S, Watch
from moodtrace.commands.summary import summary
from moodtrace.errors import CannotWriteError, ConfigurationError, MoodtraceError
from moodtrace.ledger import CameraLedger, reopen
from moodtrace.messages import Captured
from moodtrace.problems import SourceError
from moodtrace.screening import Recording, Screening, ScreeningRecorded
from moodtrace.store import Store

Show = Callable[[float, float | None, str], None]

MAX_AHEAD_FRAMES: Final = 256
"""Frames that wait for workers: enough for many, and far less than brokers keep."""


def run(
    plan: Plan, redis_url: str | None, cluster: Cluster, patience_s: float = PATIENCE_S
) -> Outcome:
    """Carry out a plan by workers elsewhere.

    Args:
        plan: what to do.
        redis_url: the store of the workers; that of the settings if None.
        cluster: the brokers of the workers; they may be away for a while.
        patience_s: how long nothing may happen.

    Raises:
        BusyError: The screening exists, or somebody is writing it.
        UsageError: The run to resume was another one.
        ConfigurationError: No store is named, or the workers have other networks.
        ServerAwayError: No worker did anything for a long time.
        SystemExit: Not one source could be read, as was told; nothing was stored.
    """
    if not redis_url and not plan.settings.redis_url:
        raise ConfigurationError(
            "over Kafka a replay needs the store of the workers, and none is named",
            where="--redis and MOODTRACE_REDIS_URL",
            try_this="name the one that `moodtrace worker aggregate` writes to: --redis redis://…",
        )
    if not any(os.path.lexists(source.path) for source in plan.sources):
        give_up([SourceError("no_such_file", str(source.path)) for source in plan.sources])
    name = plan.screening.id
    with open_store(plan.settings, redis_url) as store:
        started_s = time.monotonic()
        watch = Watch(store, plan.screening, patience_s)
        try:
            recording = _Run(store, plan, cluster, watch).carry_out()
        finally:
            with suppress(MoodtraceError):  # then it runs out by itself
                store.recorded.stop_feeding(name)
        screening, rows = _seen(store.screening(name)), store.rows(name)
        if recording:
            say_speed(rows[recording.first_second :], time.monotonic() - started_s)
        found = summary(screening, rows, store.ledger(name))
    return Outcome(screening, found, errors_of(plan, screening.sources))


def _seen(screening: Screening) -> Screening:
    """Return the record; a run that is left while workers finish it counts as interrupted."""
    return replace(screening, state="interrupted") if screening.state == "running" else screening


class _Run:
    """One run."""

    def __init__(self, store: Store, plan: Plan, cluster: Cluster, watch: Watch) -> None:
        self._store = store
        self._plan = plan
        self._cluster = cluster
        self._watch = watch
        self._stop = Event()
        self._refused = ""
        """Why a frame could not be sent."""
        self._sources = Sources(
            {camera: CameraLedger() for camera in plan.screening.cameras},
            {source.camera_id: source.offset_ms for source in plan.sources},
        )
        self._sent: Counter[str] = Counter()
        """Frames by camera."""
        self._ended: set[str] = set()
        """Cameras of which that was said."""

    def carry_out(self) -> Recording | None:
        """Begin the screening, send all frames, and wait for the last row.

        Returns:
            The run; None if there was nothing left to do.
        """
        with ExitStack() as stack:
            begun = self._begin(stack)
            if begun is None:
                return None
            recording, frames = begun
            stack.enter_context(draining(self._stop))
            show = stack.enter_context(replay_bar())
            with Producer(
                self._cluster,
                FRAMES,
                when_full="wait",
                mode="batch",
                dropped=self._note_refused,
            ) as producer:
                self._send(frames, recording, producer, show)
                is_cut = self._stop.is_set()
                while not self._watch.is_over and self._stop.is_set() == is_cut:
                    time.sleep(LOOK_S)
                    self._look(show)
        return recording

    def _begin(self, stack: ExitStack) -> tuple[Recording, Iterator[Captured]] | None:
        """Begin to read, and to write as the one writer; then leave that to the workers."""
        plan, name = self._plan, self._plan.screening.id
        with self._store.claim_exact(name, plan.screening.run.id) as writer:
            known = existing(self._store, plan)
            if known and known.state == "finished":
                return None
            # No earlier run, not even of a screening that was deleted since, has left these.
            recording = Recording(
                epochs=dict.fromkeys(plan.screening.cameras, wall_ms()),
                first_second=writer.next_second if known else 0,
            )
            start_ms = recording.first_second * 1000
            events = stack.enter_context(reading(plan, recording.epochs, start_ms))
            captured = self._sources.captured(events)
            first = list(islice(captured, 1))
            if not first and not known:
                give_up(errors_of(plan, self._sources.described(plan.screening.sources)))
            ledger = self._store.settled(name) if known else {}
            reopen(ledger)
            for camera in plan.screening.cameras:
                ledger.setdefault(camera, CameraLedger())
            writer.record(plan.screening, ledger, recording, fresh=not known)
            self._store.recorded.begun(name, plan.screening.run.id)
        with Producer(self._cluster, SCREENINGS, when_full="wait") as records:
            records.send(
                ScreeningRecorded(screening_id=name, record=plan.screening, recording=recording)
            )
        return recording, chain(first, captured)

    def _send(
        self,
        frames: Iterator[Captured],
        recording: Recording,
        producer: Producer[Captured],
        show: Show,
    ) -> None:
        """Send all frames, never far ahead, and the word that a camera has no more."""
        for frame in frames:
            while self._watch.ahead >= MAX_AHEAD_FRAMES and not self._stop.is_set():
                self._stop.wait(LOOK_S)
                self._look(show)
            if self._stop.is_set():
                break
            producer.send(frame)
            self._sent[frame.camera_id] += 1
            self._watch.sent(frame)
            self._tell_ends(self._sources.ended.keys(), recording, producer)
            self._look(show)
        self._tell_ends(recording.epochs.keys(), recording, producer)

    def _tell_ends(
        self, cameras: Collection[str], recording: Recording, producer: Producer[Captured]
    ) -> None:
        for camera in set(cameras) - self._ended:
            self._ended.add(camera)
            word = self._sources.word_of(
                camera,
                screening_id=self._plan.screening.id,
                epoch=recording.epochs[camera],
                frames=self._sent[camera],
            )
            producer.send(word)

    def _look(self, show: Show) -> None:
        if self._refused:
            raise self._why_refused()
        self._watch.look()
        show(
            self._watch.seconds,
            self._sources.length_ms / 1000 or None,
            f"{sum(self._sent.values())} frames sent, {self._watch.ahead} wait for workers",
        )

    def _note_refused(self, message: Captured, reason: str) -> None:
        """Remember why, but for what is left behind at the end."""
        if reason != BROKER_AWAY:
            self._refused = reason

    def _why_refused(self) -> MoodtraceError:
        analysis, settings = self._plan.analysis, self._cluster.settings
        if self._refused == TOO_LARGE:
            size = analysis.max_width * analysis.max_height * 3 + OVERHEAD_BYTES
            return ConfigurationError(
                f"a raw frame of up to {size} bytes is larger than a message may be",
                where=f"MOODTRACE_KAFKA_MAX_MESSAGE_BYTES is {settings.max_message_bytes}",
                try_this="raise it here, for the workers and for the topics that exist;"
                " or analyse smaller frames",
            )
        return CannotWriteError(
            "the brokers refuse frames",
            where=f"{FRAMES.full_name(settings)} at {self._cluster.servers}",
            try_this="see their log; `max.message.bytes` of the topic may be too small",
        )
