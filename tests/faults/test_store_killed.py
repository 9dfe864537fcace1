"""A store that is killed, and loses what was not on its disk yet; each run is seeded."""

import random
import time
from contextlib import closing
from pathlib import Path

import pytest

from moodtrace.errors import MoodtraceError
from moodtrace.store import Store
from tests.faults import file_log
from tests.faults.aggregator import Work, aggregator
from tests.faults.world import Outcome, begin, delivered, frames_of, is_finished, outcome
from tests.servers.valkey import Valkey, valkey
from tests.waiting import wait_until

PARTITION = "faces/0"


def file_of(folder: Path) -> Path:
    """Where a server adds what it is told."""
    (file,) = folder.rglob("*.incr.aof")
    return file


def power_cut(server: Valkey, file: Path, kept_bytes: int) -> None:
    """Kill the server, and take the end of its file: what the kernel had not written."""
    server.kill()
    with file.open("r+b") as content:
        content.truncate(kept_bytes)


def progress(store: Store) -> tuple[int, int]:
    """How far the log was read, and how many rows there are."""
    offsets = store._client.hgetall("{spring}:offsets")
    return int(offsets.get(PARTITION.encode(), 0)), store.next_second("spring")


def is_over(store: Store) -> bool:
    try:
        return is_finished(store, "spring")
    except MoodtraceError:
        return False


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 21))]
)
def test_a_store_that_loses_its_last_writes_ends_with_the_same_rows(
    undisturbed: Outcome, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 (moments of faults)
    frames = frames_of("spring")
    file_log.write(tmp_path / "frames", delivered(frames, rng))
    folder = tmp_path / "valkey"
    options = ("--appendonly", "yes", "--appendfsync", "everysec", "--aof-load-truncated", "yes")
    with valkey(folder, *options) as server, closing(Store(server.url)) as store:
        begin(store, "spring", frames)
        file = file_of(folder)
        begun_bytes = file.stat().st_size
        with aggregator(Work(server.url, tmp_path / "log", pause_s=0.04)) as writer:
            fell_back = 0
            for lost_bytes in (rng.choice((6000, 20_000)), rng.choice((0, 1000, 20_000))):
                behind = progress(store)
                wait_until(lambda: progress(store) > behind, 20)  # noqa: B023 (called here)
                time.sleep(rng.uniform(0, 0.2))
                assert not is_finished(store, "spring")
                before = progress(store)
                power_cut(server, file, max(begun_bytes, file.stat().st_size - lost_bytes))
                server.start()
                after = progress(store)
                fell_back += after < before
            wait_until(lambda: is_over(store), 60, what=f"seed {seed}")
            assert writer.exitcode is None

        assert outcome(store, "spring") == undisturbed
        assert fell_back
