"""A store of several servers: a primary fails over, a node of a cluster goes and comes."""

import random
from contextlib import closing
from pathlib import Path

import pytest
import redis

from moodtrace.cameras import Camera
from moodtrace.errors import ConfigurationError, MoodtraceError
from moodtrace.store import Store
from tests.faults import file_log
from tests.faults.aggregator import Work, aggregator
from tests.faults.world import Outcome, begin, delivered, frames_of, is_finished, outcome
from tests.servers.valkey import Valkey
from tests.servers.valkey_groups import cluster, watched
from tests.waiting import wait_until


def write_log(folder: Path) -> None:
    frames = delivered(frames_of("spring"), random.Random(1))  # noqa: S311 (an order)
    file_log.write(folder / "frames", frames)


def is_primary(server: Valkey) -> bool:
    try:
        return bool(server.client.info("replication")["role"] == "master")
    except redis.ConnectionError:  # it ends all connections as it becomes one
        return False


def is_over(store: Store) -> bool:
    try:
        return is_finished(store, "spring")
    except MoodtraceError:
        return False


def test_a_failover_ends_with_the_same_rows(undisturbed: Outcome, tmp_path: Path) -> None:
    write_log(tmp_path)
    with watched(tmp_path) as servers, closing(Store(servers.url)) as store:
        begin(store, "spring", frames_of("spring"))
        assert servers.primary.client.wait(1, 5000) == 1
        with aggregator(Work(servers.url, tmp_path / "log", pause_s=0.03)):
            wait_until(lambda: store.next_second("spring") > 0, 20)
            assert not is_finished(store, "spring")
            servers.primary.kill()
            wait_until(lambda: is_primary(servers.replica), 30)
            wait_until(lambda: is_over(store), 30)

        assert outcome(store, "spring") == undisturbed


@pytest.mark.parametrize("size", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_a_cluster_holds_everything_and_a_node_may_go_and_come(
    undisturbed: Outcome, tmp_path: Path, size: int
) -> None:
    write_log(tmp_path)
    with cluster(tmp_path / "cluster", size) as servers, closing(Store(servers.url)) as store:
        store.check_keeps_all()
        assert store.check().startswith("valkey ")
        everyone = Camera(name="front", source="file:any.mp4", audience="panel")
        store.cameras.follow_file([everyone], ["front"])
        assert store.cameras.statuses(["front", "side"])["side"].state == "unknown"
        begin(store, "spring", frames_of("spring"))
        with aggregator(Work(servers.url, tmp_path / "log", pause_s=0.03)):
            wait_until(lambda: store.next_second("spring") > 0, 20)
            assert not is_finished(store, "spring")
            node = servers.owner_of("{spring}:screening")
            node.kill()
            node.start()
            wait_until(lambda: is_over(store), 60)

        assert outcome(store, "spring") == undisturbed
        assert [found.id for found in store.screenings()] == ["spring"]
        store.delete("spring")
        left = sorted(store._client.scan_iter("*"))
        assert [key for key in left if b"spring" in key] == []


def test_a_node_of_a_cluster_is_not_taken_for_a_store(tmp_path: Path) -> None:
    with (
        cluster(tmp_path / "cluster", 3) as servers,
        closing(Store(servers.nodes[0].url)) as store,
        pytest.raises(ConfigurationError, match="a node of a cluster"),
    ):
        for name in ("spring", "summer", "autumn", "winter"):
            store.find(name)
