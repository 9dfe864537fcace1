"""Reads frames off Kafka in a thread of its own, for another that must never wait for brokers."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Event
from typing import Final

from moodtrace.bus_consumer import Batch, Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import FRAMES
from moodtrace.messages import Captured
from workers.lanes import Underway
from workers.reading import Reading

POLL_S: Final = 0.5
"""Shorter polls may never join a group: each gives up before brokers far away have answered."""
COMMIT_S: Final = 1.0
"""So many seconds of frames at most are analysed again after a crash."""

Events = SimpleQueue[Callable[[], None]]
"""What the threads of a process have to say, for one of them to carry out."""


class FrameReader:
    """One member of a group that reads frames of one mode.

    What it has read is taken over by the thread that carries out events, before it reads on. So
    the two never touch `Reading` at once.
    """

    def __init__(
        self,
        cluster: Cluster,
        group: str,
        reading: Reading,
        events: Events,
        room: Callable[[], int],
    ) -> None:
        """Prepare to read.

        Args:
            cluster: where to read.
            group: whose members share the frames.
            reading: takes what was read.
            events: where it is said that something was read.
            room: how many frames are wanted; asked from the reader's thread.
        """
        self.mode = reading.mode
        self.consumer: Consumer[Captured] = Consumer(cluster, FRAMES, group, mode=reading.mode)
        self._reading = reading
        self._events = events
        self._room = room
        self._failures: deque[tuple[Underway, str]] = deque()
        self._commit_s = time.monotonic()

    def run(self, stop: Event) -> None:
        """Read, hand over and commit until `stop` is set."""
        while not stop.is_set():
            batch = self.consumer.poll(self._room(), POLL_S)
            taken: Future[Mapping[int, int]] = Future()
            self._events.put(partial(self._take, batch, self.consumer.partitions(), taken))
            while not stop.is_set() and not taken.done():
                with suppress(TimeoutError):
                    self._commit(taken.result(POLL_S))

    def bury(self, item: Underway, reason: str) -> None:
        """Have a dead letter of a frame sent before anything behind it is committed."""
        self._failures.append((item, reason))

    def finish(self) -> None:
        """Commit what is done by now; once `run` has ended, from the thread of events."""
        self._commit(self._reading.positions())

    def _take(
        self, batch: Batch[Captured], owned: set[int], taken: Future[Mapping[int, int]]
    ) -> None:
        self._reading.keep(owned)
        self._reading.take(batch)
        is_due = time.monotonic() >= self._commit_s + COMMIT_S
        taken.set_result(self._reading.positions() if is_due else {})

    def _commit(self, positions: Mapping[int, int]) -> None:
        while self._failures:
            item, reason = self._failures.popleft()
            self.consumer.bury(item.partition, item.offset, item.frame, reason)
        if not positions:
            return
        self._commit_s = time.monotonic()
        if self.consumer.commit(positions):
            self._reading.committed(positions)
