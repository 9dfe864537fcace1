"""Aggregators that come, go, are killed and freeze while timelines are written; seeded.

Each waits until the group has got over the one before: Tansu 0.6.0 waits for ever for a member that
dies while it joins.
"""

import os
import random
import signal
import time
from collections import deque
from contextlib import ExitStack, closing
from itertools import chain
from multiprocessing.context import ForkServerProcess
from operator import gt
from pathlib import Path

import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.embedded import embedded_store
from moodtrace.settings import KafkaSettings
from moodtrace.store import Store
from tests.faults import file_log
from tests.faults.aggregator import OWNS, REFUSED, Fault, Work, aggregator
from tests.faults.sending import sending
from tests.faults.world import Outcome, begin, frames_of, is_finished, outcome, stop
from tests.servers.brokers import tansu
from tests.waiting import wait_until

NAMES = ("spring", "summer", "autumn", "winter")
MEMBERS = 3
PARTITIONS = 4


class Members:
    """The aggregators of one group; at most three run."""

    def __init__(self, work: Work, stack: ExitStack) -> None:
        self._work = work
        self._stack = stack
        self._number = 0
        self.running: list[ForkServerProcess] = []
        self.frozen: deque[ForkServerProcess] = deque()
        self._logs: dict[int | None, Path] = {}

    def join(self, fault: Fault | None = None) -> ForkServerProcess:
        """Start one."""
        self._number += 1
        log = self._work.log.with_name(f"member-{self._number}.log")
        process = self._stack.enter_context(aggregator(self._work._replace(log=log, fault=fault)))
        self.running.append(process)
        self._logs[process.pid] = log
        return process

    def said(self, process: ForkServerProcess) -> str:
        """What one said so far."""
        return self._logs[process.pid].read_text()

    def share_all(self) -> bool:
        """Whether all partitions are owned, each by one, and everyone that runs has one."""
        owned = [self._owned_by(member) for member in self.running]
        return all(owned) and sorted(chain(*owned)) == list(map(str, range(PARTITIONS)))

    def _owned_by(self, member: ForkServerProcess) -> list[str]:
        lines = [line for line in self.said(member).splitlines() if line.startswith(OWNS)]
        return lines[-1].split()[1:] if lines else []

    def leave(self, rng: random.Random) -> None:
        """Tell one to end."""
        victim = self.running.pop(rng.randrange(len(self.running)))
        victim.terminate()

    def kill(self, rng: random.Random) -> None:
        """Kill one."""
        self.running.pop(rng.randrange(len(self.running))).kill()

    def freeze(self, rng: random.Random) -> None:
        """Stop one where it stands."""
        victim = self.running.pop(rng.randrange(len(self.running)))
        send(victim, signal.SIGSTOP)
        self.frozen.append(victim)

    def thaw(self) -> None:
        """Let the one go on that is frozen for longest."""
        found = self.frozen.popleft()
        send(found, signal.SIGCONT)
        self.running.append(found)


def send(process: ForkServerProcess, number: int) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)


def is_frozen(process: ForkServerProcess) -> bool:
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def strike(members: Members, rng: random.Random) -> None:
    """Let something happen; at least one member runs, and at most three do."""
    choices = ["join"] if len(members.running) + len(members.frozen) < MEMBERS else []
    choices += ["leave", "kill", "freeze"] if len(members.running) > 1 else []
    choices += ["thaw"] if members.frozen else []
    match rng.choice(choices):
        case "join":
            members.join()
        case "leave":
            members.leave(rng)
        case "kill":
            members.kill(rng)
        case "freeze":
            members.freeze(rng)
        case _:
            members.thaw()


def read(store: Store) -> list[int]:
    """How far the partition of each screening was read."""
    stored = [store._client.hvals(f"{{{name}}}:offsets") for name in NAMES]
    return [max(map(int, offsets), default=0) for offsets in stored]


def wait_until_all_go_on(store: Store, members: Members) -> None:
    """Wait until every screening has an owner that works, after what happened just now."""
    time.sleep(0.5)  # what was under way when it happened is done by then
    wait_until(members.share_all, 60, what="the group shares the partitions")
    before = read(store)
    wait_until(lambda: all(map(gt, read(store), before)), 60, what="another takes over")


def expected(folder: Path, seconds: int) -> Outcome:
    """What comes of so many seconds if nothing happens."""
    folder.mkdir()
    frames = frames_of("spring", seconds)
    with embedded_store(folder / "data") as url, closing(Store(url)) as store:
        begin(store, "spring", frames)
        file_log.write(folder / "frames", frames)
        with aggregator(Work(url, folder / "log", seconds=seconds)):
            wait_until(lambda: is_finished(store, "spring"), 60)
        return outcome(store, "spring")


@pytest.mark.parametrize(
    ("seed", "events", "seconds"),
    [(1, 1, 60), (2, 50, 1200)],
    ids=["short", "long"],
)
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_whoever_comes_and_goes_every_frame_counts_once(
    url: str, tmp_path: Path, kafka_settings: KafkaSettings, seed: int, events: int, seconds: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 (what happens)
    undisturbed = expected(tmp_path / "undisturbed", seconds)
    frames = {name: frames_of(name, seconds) for name in NAMES}
    settings = kafka_settings.model_copy(update={"partitions": PARTITIONS, "session_timeout_s": 3})
    with tansu(tmp_path) as broker, closing(Store(url)) as store, ExitStack() as stack:
        store._client.flushall()
        for name in NAMES:
            begin(store, name, frames[name])
        cluster = Cluster(broker.servers, settings)
        sent = stack.enter_context(sending(cluster, frames, rng, 60))
        work = Work(url, tmp_path / "log", servers=broker.servers, settings=settings, faster=2)
        members = Members(work, stack)

        zombie = members.join(Fault("apply", "before", rng.randrange(5, 20), signal.SIGSTOP))
        members.join()
        wait_until(lambda: is_frozen(zombie), 60)
        members.running.remove(zombie)
        wait_until_all_go_on(store, members)
        send(zombie, signal.SIGCONT)
        members.running.append(zombie)
        wait_until(lambda: REFUSED in members.said(zombie), 30)
        wait_until_all_go_on(store, members)
        for _ in range(events):
            assert not sent.is_done
            strike(members, rng)
            wait_until_all_go_on(store, members)
            time.sleep(rng.uniform(0, 1))
        while members.frozen:
            members.thaw()
        sent.hurry.set()
        wait_until(lambda: sent.is_done, 60)
        for name in NAMES:
            stop(store, name, seconds)
        wait_until(lambda: all(is_finished(store, name) for name in NAMES), 120)

        for name in NAMES:
            assert outcome(store, name) == undisturbed, f"{name}, seed {seed}"
