"""An infer worker on a real broker whose turns the test takes, and what it left on the topics."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from moodtrace.bus import Mode
from moodtrace.bus_consumer import Consumer, Received
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import DEAD_LETTERS, FACES, FRAMES
from moodtrace.commands.worker_infer import InferWorker
from moodtrace.messages import Captured, DeadLetter, FacesScored, FrameCaptured, Scored
from moodtrace.settings import WorkerSettings
from tests.bus_ends import messages_of, read_until
from workers.infer import Analyse


@contextmanager
def working(cluster: Cluster, analyse: Analyse, **settings: int) -> Iterator[InferWorker]:
    """An infer worker with one copy of the networks; it drains unless the block raises."""
    with (
        ThreadPoolExecutor(1) as pool,
        InferWorker(cluster, WorkerSettings.model_validate(settings)) as worker,
    ):
        with worker.running(lambda frames, _: pool.submit(analyse, frames)):
            yield worker
        worker.drain()


def work_until(worker: InferWorker, done: Callable[[], bool], timeout_s: float = 60) -> None:
    """Let the worker go on until something holds."""
    until_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < until_s, worker.health.watched.ledger()
        worker.turn()


def settled(worker: InferWorker) -> int:
    """How many frames have a result that arrived."""
    return sum(counts.settled for counts in worker.health.watched.ledger().values())


def send(cluster: Cluster, messages: Sequence[Captured], mode: Mode) -> None:
    """Put frames on their topic and wait until they are there."""
    with Producer(cluster, FRAMES, when_full="wait", mode=mode) as producer:
        for message in messages:
            producer.send(message)
        assert producer.flush(60)


def results(cluster: Cluster, number: int) -> list[Received[Scored]]:
    """So many results, as they lie on the topic of faces."""
    with Consumer(cluster, FACES, "audit") as consumer:
        read = read_until(consumer, lambda batches: len(messages_of(batches)) >= number, 60)
    return [received for batch in read for received in batch.received]


def dead_letters(cluster: Cluster, number: int) -> list[DeadLetter]:
    """So many dead letters."""
    with Consumer(cluster, DEAD_LETTERS, "audit") as consumer:
        read = read_until(consumer, lambda batches: len(messages_of(batches)) >= number, 60)
    return messages_of(read)


def slowly(seconds: float) -> Analyse:
    """Networks that take so long for a batch, and see nobody."""

    def analyse(frames: Sequence[FrameCaptured]) -> list[Scored]:
        time.sleep(seconds)
        return [
            FacesScored(
                screening_id=frame.screening_id,
                camera_id=frame.camera_id,
                source_epoch=frame.source_epoch,
                seq=frame.seq,
                pts_ms=frame.pts_ms,
                faces=(),
                detector="yunet",
                emotion_model="moodtrace-emotion-2",
            )
            for frame in frames
        ]

    return analyse
