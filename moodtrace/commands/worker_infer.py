"""Frames off Kafka, through the networks, faces onto Kafka: what `moodtrace worker infer` runs."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from moodtrace.bus_consumer import Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FACES, FRAMES
from moodtrace.commands.service import told_to_end
from moodtrace.health import Health, Watched, served
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.messages import Captured, FrameFailed, Scored
from workers.infer import MAX_BATCH_FRAMES, Analyse, infer

TURN_S: Final = 0.5
COMMIT_S: Final = 1.0
"""So many seconds of frames at most are analysed again after a crash."""
DELIVERY_S: Final = 30.0
"""So long the brokers may take to acknowledge faces; then their frames are analysed again."""
LAST_DELIVERY_S: Final = 5.0
"""The same, once the process is told to end."""


def run(
    cluster: Cluster, analyse: Analyse, health_port: int, started: Callable[[int], None]
) -> None:
    """Analyse frames until SIGTERM or Ctrl-C.

    Where the frames were read to is committed once their faces are acknowledged, so that whatever
    dies, a frame is analysed at least once; whoever counts takes each once.

    Args:
        cluster: the brokers; they may be away for a while.
        analyse: one result per frame.
        health_port: for health.
        started: called with the port of health once it runs.
    """
    done: Counter[tuple[str, str]] = Counter()
    with (
        told_to_end() as stop,
        Consumer(cluster, FRAMES, "infer") as frames,
        Producer[Scored](cluster, FACES, when_full="wait") as faces,
    ):
        health = Health(
            Watched(
                ledger=lambda: _ledger(done),
                queues=lambda: {"kafka": faces.depth},
                unready=lambda: "Kafka is away" if frames.is_away or faces.is_away else "",
            )
        )
        with served(health, health_port) as port:
            started(port)
            read: dict[int, int] = {}
            commit_s = time.monotonic()
            while not stop.is_set():
                batch = frames.poll(MAX_BATCH_FRAMES, TURN_S)
                if batch.positions:
                    with health.latency.labels(stage="infer").time():
                        for message in infer(batch.messages, analyse):
                            faces.send(message)
                            done[message.camera_id, _outcome(message)] += 1
                    read.update(batch.positions)
                if read and time.monotonic() >= commit_s + COMMIT_S:
                    _commit(frames, read, faces, DELIVERY_S)
                    read, commit_s = {}, time.monotonic()
            _commit(frames, read, faces, LAST_DELIVERY_S)


def _commit(
    frames: Consumer[Captured], read: Mapping[int, int], faces: Producer[Scored], seconds: float
) -> None:
    if read and faces.flush(seconds):
        frames.commit(read)


def _outcome(message: Scored) -> str:
    return message.reason if isinstance(message, FrameFailed) else ""


def _ledger(done: Counter[tuple[str, str]]) -> Ledger:
    ledger: Ledger = {}
    for (camera, reason), number in list(done.items()):
        counts = ledger.setdefault(camera, CameraLedger())
        if reason:
            counts.failed[reason] = number
        else:
            counts.analysed = number
    return ledger
