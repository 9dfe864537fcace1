"""An aggregator in a process of its own that can be made to die, or freeze, at any of its steps.

It runs `moodtrace worker aggregate`, but for the networks' names. Its clock is fast and its claims
are short, so that what takes minutes takes seconds.
"""

import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

from redis.connection import AbstractConnection

from moodtrace import clock, store_exact, store_writer
from moodtrace.bus_consumer import Batch, Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.commands import worker_aggregate
from moodtrace.errors import MoodtraceError
from moodtrace.logs import log_as_json
from moodtrace.messages import Scored
from moodtrace.settings import KafkaSettings
from moodtrace.store import Store
from tests.factories import screening
from tests.faults.file_log import FileLog, Nowhere
from tests.faults.world import SECONDS, stop
from workers import live_writer
from workers.identity import Identity

FASTER = 10
CLAIM_MS = 500
IDENTITY = Identity.of(screening())
REFUSED = "a write was refused"
OWNS = "partitions:"

Moment = Literal["before", "sent", "after"]


class Fault(NamedTuple):
    """Where it strikes: at one of the store's steps of the thread that writes, or at a commit."""

    step: str
    moment: Moment
    number: int = 0
    """0: the first such step of the process."""
    sign: int = signal.SIGKILL
    """What the process gets from itself."""


class Work(NamedTuple):
    """What a process is to do."""

    store_url: str
    log: Path
    """Of what it says; beside it lies the log of frames, if there are no brokers."""
    fault: Fault | None = None
    servers: str = ""
    """Brokers; empty: the file `frames`."""
    settings: KafkaSettings | None = None
    pause_s: float = 0.0
    faster: int = FASTER
    health_port: int = 0
    seconds: int = SECONDS
    """Where the content of the file ends."""


_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.faults.aggregator"])


@contextmanager
def aggregator(work: Work) -> Iterator[ForkServerProcess]:
    """Run one until the block ends; it may be dead by then."""
    process = _processes.Process(target=_run, args=(work,))
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGCONT)
            process.terminate()
            process.join(10)
        if process.is_alive():
            process.kill()
            process.join()


def _run(work: Work) -> None:
    """Be the process."""
    with work.log.open("a", buffering=1) as said:
        sys.stderr = said
        log_as_json(said)
        _hurry(work.faster)
        store = Store(work.store_url)
        watch = _Watch(work.fault)
        watch.client(store._client)
        cluster = Cluster(work.servers or "nobody:9", work.settings or KafkaSettings())
        if not work.servers:
            file = FileLog(
                work.log.with_name("frames"), work.pause_s, lambda: _stop_all(store, work.seconds)
            )
            vars(file)["commit"] = watch.wrapped("commit", file.commit)
            vars(worker_aggregate)["Consumer"] = lambda *_: file
            vars(worker_aggregate)["Producer"] = lambda *_, **__: Nowhere()
        else:
            vars(worker_aggregate)["Consumer"] = _Telling
        worker_aggregate.run(cluster, store, IDENTITY, work.health_port, lambda _: None)


def _hurry(faster: int) -> None:
    changed: tuple[tuple[ModuleType, str, object], ...] = (
        (store_writer, "CLAIM_MS", CLAIM_MS),
        (store_exact, "CLAIM_MS", CLAIM_MS),
        (store_writer, "RENEW_S", CLAIM_MS / 3000),
        (live_writer, "PREDECESSOR_S", 2 * CLAIM_MS / 1000),
        (live_writer, "RETRY_S", 0.02),
        (worker_aggregate, "steady_ms", lambda: faster * clock.steady_ms()),
    )
    for module, name, value in changed:
        setattr(module, name, value)


def _stop_all(store: Store, seconds: int) -> None:
    """Stop what is shown: all of it was read."""
    try:
        for name in store.live.running():
            stop(store, name, seconds)
    except MoodtraceError:
        return  # the store is away; it is asked again


class _Telling(Consumer[Scored]):
    """A consumer that says which partitions are its own."""

    _told: set[int] | None = None

    def poll(self, max_items: int, timeout_s: float) -> Batch[Scored]:
        batch = super().poll(max_items, timeout_s)
        if self.partitions() != self._told:
            self._told = self.partitions()
            print(OWNS, *sorted(self._told), file=sys.stderr)
        return batch


class _Watch:
    """Sees each step, strikes at one, and notes what the store refused."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault = fault
        self._seen = itertools.count()
        self._writer = threading.current_thread()

    def client(self, client: Any) -> None:
        """Watch the commands of a client."""
        execute = client.execute_command

        def watched(*words: Any, **options: Any) -> Any:
            step = _step_of(words)
            answer = self.wrapped(step, execute)(*words, **options)
            if step in ("begin", "update", "apply", "close") and answer in (0, [-1]):
                print(REFUSED, step, file=sys.stderr)
            return answer

        client.execute_command = watched

    def wrapped(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Strike at a step, if it is the one."""

        def watched(*words: Any, **options: Any) -> Any:
            if not self._is_it(step):
                return call(*words, **options)
            assert self._fault is not None
            if self._fault.moment == "before":
                self._strike()
            if self._fault.moment == "sent":
                self._strike_when_sent()
            answer = call(*words, **options)
            if self._fault.moment == "after":
                self._strike()
            return answer

        return watched

    def _is_it(self, step: str) -> bool:
        return (
            self._fault is not None
            and step == self._fault.step
            and threading.current_thread() is self._writer
            and next(self._seen) == self._fault.number
        )

    def _strike(self) -> None:
        assert self._fault is not None
        os.kill(os.getpid(), self._fault.sign)

    def _strike_when_sent(self) -> None:
        send: Callable[..., None] = AbstractConnection.send_packed_command

        def last(*words: Any, **options: Any) -> None:
            send(*words, **options)
            self._strike()

        setattr(AbstractConnection, send.__name__, last)


_SCRIPTS = {
    store_exact._APPLY: "apply",
    store_exact._CLOSE: "close",
    store_writer._RELEASE: "release",
}


def _step_of(words: tuple[Any, ...]) -> str:
    """Name the step that a command is; empty if it writes nothing of a timeline."""
    if words[0] == "EVAL" and words[1] == store_writer._CHANGE:
        return "begin" if "begin" in words else "update"
    if words[0] == "EVAL":
        return _SCRIPTS.get(words[1], "")
    if words[0] == "SET" and "NX" in words:
        return "claim"
    return "end" if words[0] == "SREM" else ""
