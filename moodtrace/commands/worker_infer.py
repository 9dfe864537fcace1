"""Frames off Kafka, through the networks, faces onto Kafka: what `moodtrace worker infer` runs."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty
from threading import Event
from typing import Final, Self

from moodtrace.bus import Mode
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FACES
from moodtrace.commands.analysing import Analysing
from moodtrace.commands.frame_reader import Events, FrameReader
from moodtrace.commands.service import told_to_end
from moodtrace.crew import Crew
from moodtrace.health import Health, Watched, served
from moodtrace.messages import FrameCaptured, Scored
from moodtrace.settings import WorkerSettings
from workers.inference import Inference, Outlets, Submit, ledger_of
from workers.lanes import Underway
from workers.reading import Reading
from workers.scaling import Waiting

LIVE_GROUP: Final = "infer"
BATCH_GROUP: Final = "infer-batch"
"""Live and recorded frames are read side by side: neither waits behind the other."""
MAX_POLLED: Final = 64
TURN_S: Final = 0.01
"""So long a turn waits at most for something to happen."""
MAX_FACES: Final = 512
"""While more wait for the brokers, no batch is begun."""
DRAIN_S: Final = 8.0
"""So long what is under way may take once the process is told to end."""
DELIVERY_S: Final = 2.0
"""So long the brokers may then take to acknowledge faces."""


def run(
    cluster: Cluster,
    analysing: Analysing,
    settings: WorkerSettings,
    health_port: int,
    started: Callable[[int], None],
) -> None:
    """Analyse frames until SIGTERM or Ctrl-C; then finish what is under way.

    Where the frames were read to is committed once their faces are acknowledged, so that whatever
    dies, a frame is analysed at least once; whoever counts takes each once.

    Args:
        cluster: the brokers; they may be away for a while.
        analysing: opens what analyses.
        settings: how batches are formed.
        health_port: for health.
        started: called with the port of health once it runs.
    """
    with (
        InferWorker(cluster, settings) as worker,
        analysing(worker.timed) as submit,
        told_to_end() as stop,  # after Ray took over the signals
        served(worker.health, health_port) as port,
    ):
        with worker.running(submit):
            started(port)
            while not stop.is_set() and not worker.failed.is_set():
                worker.turn()
        worker.drain()


class InferWorker:
    """One process that analyses: two threads read, and the one that takes turns does the rest."""

    def __init__(self, cluster: Cluster, settings: WorkerSettings) -> None:
        """Prepare; nothing is read before `running`."""
        self._events: Events = Events()
        self._faces = Producer[Scored](
            cluster,
            FACES,
            when_full="wait",
            acked=lambda message: self._events.put(lambda: self.inference.arrived(message)),
            dropped=lambda message, reason: self._events.put(
                lambda: self.inference.lost(message, reason)
            ),
        )
        outlets = Outlets(self._faces.send, self._bury, self.timed)
        self.inference = Inference(self._begin, outlets, settings)
        self._reader_of: dict[Mode, FrameReader] = {
            "live": FrameReader(
                cluster,
                LIVE_GROUP,
                Reading("live", self.inference),
                self._events,
                room=lambda: MAX_POLLED,
            ),
            "batch": FrameReader(
                cluster,
                BATCH_GROUP,
                Reading("batch", self.inference),
                self._events,
                room=lambda: self.inference.lanes.room,
            ),
        }
        self._readers = tuple(self._reader_of.values())
        self.failed = Event()
        """Set when a thread failed; what it was is raised where the block ends."""
        self.health = Health(
            Watched(
                ledger=lambda: ledger_of(self.inference.outcomes.copy()),
                queues=self._queues,
                batches=lambda: self.inference.batches,
                dead_letters=self._dead_letters,
                unready=self._unready,
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers:
            reader.consumer.close()
        self._faces.close()

    @contextmanager
    def running(self, submit: Submit) -> Iterator[None]:
        """Read while the block runs, which takes turns.

        Args:
            submit: begins to analyse a batch.
        """
        self._submit = submit
        with Crew(Event(), self.failed) as crew:
            for reader in self._readers:
                crew.start(f"reader-{reader.mode}", partial(reader.run, crew.stop))
            yield

    def turn(self, *, may_begin: bool = True) -> None:
        """Carry out what was said meanwhile, and hand over what is due.

        Args:
            may_begin: hand over new batches, too; if not, only those that failed before.
        """
        with suppress(Empty):
            self._events.get(timeout=TURN_S)()
            while True:
                self._events.get_nowait()()
        self.inference.turn(may_begin=may_begin and self._faces.depth < MAX_FACES)

    def drain(self) -> None:
        """Finish what is under way, once nothing is read any more, and leave the rest to others."""
        until_s = time.monotonic() + DRAIN_S
        while not self.inference.is_idle and time.monotonic() < until_s:
            self.turn(may_begin=False)
        self._faces.flush(DELIVERY_S)
        self.turn(may_begin=False)
        for reader in self._readers:
            reader.finish()

    def _begin(self, frames: Sequence[FrameCaptured], waiting: Waiting) -> "Future[list[Scored]]":
        future = self._submit(frames, waiting)
        future.add_done_callback(lambda _: self._events.put(lambda: None))  # ends a wait
        return future

    def _bury(self, item: Underway, reason: str) -> None:
        self._reader_of[item.mode].bury(item, reason)

    def timed(self, stage: str, seconds: float) -> None:
        """Show what a stage took; from any thread."""
        self.health.latency.labels(stage=stage).observe(seconds)

    def _queues(self) -> dict[str, int]:
        waiting = {str(mode): number for mode, number in self.inference.lanes.depths().items()}
        return {**waiting, "kafka": self._faces.depth}

    def _dead_letters(self) -> Counter[str]:
        return sum((reader.consumer.buried for reader in self._readers), Counter())

    def _unready(self) -> str:
        if self._faces.is_away or any(reader.consumer.is_away for reader in self._readers):
            return "Kafka is away"
        return "the networks don't answer" if self.inference.is_hung else ""
