"""Sends frames of several screenings to real brokers, as analysis does, while faults strike."""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FACES, ensure_topic
from moodtrace.messages import Scored
from tests.faults.world import delivered


class Sending:
    """What was sent so far."""

    def __init__(self, messages: Sequence[Scored]) -> None:
        self.messages = messages
        self.sent = 0
        self.hurry = threading.Event()
        """Set to send the rest at once."""

    @property
    def is_done(self) -> bool:
        return self.sent == len(self.messages)


@contextmanager
def sending(
    cluster: Cluster,
    frames: Mapping[str, Sequence[Scored]],
    rng: random.Random,
    per_s: float,
) -> Iterator[Sending]:
    """Send frames while the block runs: in their order in time, but for what networks do to it.

    Args:
        cluster: the brokers.
        frames: by screening.
        rng: of duplicates and disorder.
        per_s: messages in a second.
    """
    messages = delivered([frame for group in frames.values() for frame in group], rng)
    found = Sending(messages)
    ended = threading.Event()

    def run() -> None:
        for message in messages:
            if ended.is_set():
                return
            found.hurry.wait(1 / per_s)
            producer.send(message)
            found.sent += 1

    ensure_topic(cluster, FACES)
    with Producer(cluster, FACES, when_full="wait") as producer:
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            found.hurry.set()
            thread.join()
