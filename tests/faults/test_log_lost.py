"""Frames that the brokers did not keep until they were read."""

from contextlib import closing
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
from tests.faults.world import begin, frames_of, is_finished, stop
from tests.waiting import wait_until


def send(cluster: Cluster, frames: list[Scored]) -> None:
    with Producer(cluster, FACES, when_full="wait") as producer:
        for frame in frames:
            producer.send(frame)
        assert producer.flush(20)


def read(store: Store) -> int:
    return max(map(int, store._client.hvals("{spring}:offsets")), default=0)


@pytest.mark.slow
def test_what_is_gone_from_the_log_is_told_by_reason(
    url: str, exact_cluster: Cluster, tmp_path: Path
) -> None:
    settings = exact_cluster.settings.model_copy(update={"partitions": 1})
    cluster = Cluster(exact_cluster.servers, settings)
    frames = frames_of("spring")
    work = Work(url, tmp_path / "log", servers=cluster.servers, settings=settings)
    with closing(Store(url)) as store:
        begin(store, "spring", frames)
        ensure_topic(cluster, FACES)
        send(cluster, frames[:50])
        with aggregator(work):
            wait_until(lambda: read(store) == 50, 30)
        send(cluster, frames[50:])
        admin = cluster.open(KafkaAdminClient, {})
        admin.delete_records({TopicPartition(FACES.full_name(settings), 0): 80})
        admin.close()
        assert not is_finished(store, "spring")

        with aggregator(work):
            wait_until(lambda: read(store) == len(frames), 60)
            stop(store, "spring")
            wait_until(lambda: is_finished(store, "spring"), 60)

        dropped = [counts.dropped for counts in store.ledger("spring").values()]
        assert dropped == [{"data_lost": 15}, {"data_lost": 15}]
        assert store._client.hgetall("{spring}:lost") == {b"faces/0@50": b"80"}
    assert (
        '"event": "frames are lost", "partition": 0, "from": 50, "to": 80' in work.log.read_text()
    )
