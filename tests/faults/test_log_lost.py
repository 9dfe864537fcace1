"""Frames that the brokers did not keep until they were read."""

from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FACES, ensure_topic
from moodtrace.messages import Scored
from moodtrace.store import Store
from tests.faults.aggregator import Work, aggregator
from tests.faults.world import SECONDS, begin, frames_of, is_finished, stop
from tests.servers.brokers import delete_topics
from tests.waiting import wait_until


def send(cluster: Cluster, frames: list[Scored]) -> None:
    with Producer(cluster, FACES, when_full="wait") as producer:
        for frame in frames:
            producer.send(frame)
        assert producer.flush(20)


def read(store: Store) -> int:
    return max(map(int, store._client.hvals("{spring}:offsets")), default=0)


def lost_seconds(store: Store) -> list[int]:
    rows = store.rows("spring")
    assert [row.second for row in rows] == list(range(SECONDS))
    assert {row.gap for row in rows} == {"", "data_lost"}, [row.gap for row in rows]
    return [row.second for row in rows if row.gap]


def dropped(store: Store) -> list[dict[str, int]]:
    ledger = store.ledger("spring")
    assert not any(counts.in_flight for counts in ledger.values())
    return [counts.dropped for counts in ledger.values()]


def of_one_partition(cluster: Cluster) -> Cluster:
    settings = cluster.settings.model_copy(update={"partitions": 1})
    return Cluster(cluster.servers, settings)


def work_on(url: str, cluster: Cluster, folder: Path) -> Work:
    """Its clock is not so fast that it gives up on frames before the brokers tell of the topic."""
    settings = cluster.settings
    return Work(url, folder / "log", servers=cluster.servers, settings=settings, faster=3)


def make_anew(cluster: Cluster) -> None:
    delete_topics(cluster)
    ensure_topic(cluster, FACES)


@pytest.mark.slow
def test_a_topic_made_anew_costs_what_was_not_read_of_the_old_one_and_says_so(
    url: str, cluster: Cluster, tmp_path: Path
) -> None:
    cluster = of_one_partition(cluster)
    frames = frames_of("spring")
    work = work_on(url, cluster, tmp_path)
    with closing(Store(url)) as store:
        begin(store, "spring", frames)
        ensure_topic(cluster, FACES)
        send(cluster, frames[:50])
        with aggregator(work):
            wait_until(lambda: read(store) == 50, 30)
            (old,) = store.partitions_of("spring")
            make_anew(cluster)
            send(cluster, frames[60:])  # as many as were read of the old one, and more
            wait_until(lambda: read(store) == 60, 30)
            stop(store, "spring")
            wait_until(lambda: is_finished(store, "spring"), 60)

        assert lost_seconds(store) == [5]
        assert dropped(store) == [{"data_lost": 5}, {"data_lost": 5}]
        (new,) = store.partitions_of("spring")
        assert new != old
        assert store._client.hgetall("{spring}:lost") == {f"{old}@50".encode(): b"[null,4800]"}
    assert '"event": "the topic was made anew or cut off"' in work.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("running", [True, False])
def test_offsets_that_begin_anew_are_seen_without_ids_of_topics_too(
    url: str, exact_cluster: Cluster, tmp_path: Path, *, running: bool
) -> None:
    cluster = of_one_partition(exact_cluster)
    frames = frames_of("spring")
    work = work_on(url, cluster, tmp_path)
    with closing(Store(url)) as store, ExitStack() as processes:
        store._client.flushall()
        begin(store, "spring", frames)
        ensure_topic(cluster, FACES)
        send(cluster, frames[:90])
        first = processes.enter_context(aggregator(work))
        wait_until(lambda: read(store) == 90, 30)
        if not running:
            first.terminate()
            first.join(20)
        make_anew(cluster)
        send(cluster, frames[100:])
        if not running:
            processes.enter_context(aggregator(work))
        wait_until(lambda: read(store) == 20, 60)
        stop(store, "spring")
        wait_until(lambda: is_finished(store, "spring"), 60)

        assert lost_seconds(store) == [9]
        assert dropped(store) == [{"data_lost": 5}, {"data_lost": 5}]
    assert '"event": "the topic was made anew or cut off"' in work.log.read_text()


@pytest.mark.slow
def test_what_is_gone_from_the_log_is_told_by_reason(
    url: str, exact_cluster: Cluster, tmp_path: Path
) -> None:
    cluster = of_one_partition(exact_cluster)
    frames = frames_of("spring")
    work = work_on(url, cluster, tmp_path)
    with closing(Store(url)) as store:
        store._client.flushall()
        begin(store, "spring", frames)
        ensure_topic(cluster, FACES)
        send(cluster, frames[:50])
        with aggregator(work):
            wait_until(lambda: read(store) == 50, 30)
        send(cluster, frames[50:])
        admin = cluster.open(KafkaAdminClient, {})
        admin.delete_records({TopicPartition(FACES.full_name(cluster.settings), 0): 80})
        admin.close()
        assert not is_finished(store, "spring")

        with aggregator(work):
            wait_until(lambda: read(store) == len(frames), 60)
            stop(store, "spring")
            wait_until(lambda: is_finished(store, "spring"), 60)

        assert lost_seconds(store) == [5, 6, 7]
        assert dropped(store) == [{"data_lost": 15}, {"data_lost": 15}]
        assert store._client.hgetall("{spring}:lost") == {b"faces/0@50": b"[80,4800]"}
    assert (
        '"event": "frames are lost", "partition": 0, "from": 50, "to": 80' in work.log.read_text()
    )
