"""What holds while brokers die, hang, and lose their topics."""

import itertools
import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from moodtrace.bus_consumer import Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FACES, FRAMES, ensure_topic
from moodtrace.messages import Scored
from moodtrace.settings import KafkaSettings
from tests.bus_ends import Told, messages_of, read_until
from tests.factories import captured, scored
from tests.servers.brokers import Broker, delete_topics, durable_tansu, tansu
from tests.waiting import wait_until

CAMERAS = ("left", "middle", "right")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone, that keeps what it acknowledged."""
    with durable_tansu(tmp_path) as broker:
        yield broker


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone, that forgets everything when it ends."""
    with tansu(tmp_path) as broker:
        yield broker


@pytest.mark.parametrize(
    ("seed", "kills"), [(1, 3), pytest.param(2, 10, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_a_broker_killed_under_load_loses_nothing_acknowledged_and_no_order(
    broker: Broker, kafka_settings: KafkaSettings, seed: int, kills: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 (moments of kills)
    cluster = Cluster(broker.servers, kafka_settings)
    told = Told()
    done = threading.Event()
    sent: list[Scored] = []
    with ExitStack() as stack:
        producer = stack.enter_context(
            Producer(cluster, FACES, when_full="wait", acked=told.on_acked, dropped=told.on_dropped)
        )
        consumer = stack.enter_context(Consumer(cluster, FACES, "aggregate"))

        def load() -> None:
            for number in itertools.count():
                if done.wait(0.002):
                    return
                message = scored(number * 200, camera=CAMERAS[number % 3])
                producer.send(replace(message, screening_id=f"s-{message.camera_id}"))
                sent.append(message)

        loader = threading.Thread(target=load)
        loader.start()
        for _ in range(kills):
            wait_for_more(told, 100)
            time.sleep(rng.uniform(0, 0.2))  # the kill hits any moment of a request
            broker.kill()
            time.sleep(rng.uniform(0, 1))
            broker.start()
            restarted = time.monotonic()
            wait_for_more(told, 1)
            assert time.monotonic() - restarted < 10
        done.set()
        loader.join()
        assert producer.flush(30)
        batches = read_until(
            consumer, lambda batches: {m.seq for m in messages_of(batches)} >= set(told.acked), 60
        )

    assert told.dropped == []
    assert sorted(told.acked) == [message.seq for message in sent]
    for camera in CAMERAS:
        seqs = [m.seq for m in messages_of(batches) if m.camera_id == camera]
        firsts = list(dict.fromkeys(seqs))
        assert firsts == sorted(firsts)


def wait_for_more(told: Told, count: int) -> None:
    """Wait until so many more messages are acknowledged."""
    enough = len(told.acked) + count
    wait_until(lambda: len(told.acked) >= enough, 30)


def test_a_hanging_broker_is_told_once_and_costs_nothing_when_it_goes_on(
    broker: Broker, kafka_settings: KafkaSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "moodtrace")
    told = Told()
    with Producer(
        Cluster(broker.servers, kafka_settings),
        FRAMES,
        when_full="drop_oldest",
        acked=told.on_acked,
        dropped=told.on_dropped,
    ) as producer:
        producer.send(captured(0))
        wait_until(lambda: told.acked == [0])
        broker.freeze()
        for seq in range(1, 50):
            producer.send(captured(seq))
        wait_until(lambda: producer.is_away, 15)
        broker.thaw()
        assert producer.flush(30)

    assert told.dropped == []
    assert told.acked == list(range(50))
    assert [record.message for record in caplog.records] == ["kafka is away", "kafka is back"]


def test_without_a_broker_memory_is_bounded_and_the_oldest_are_dropped(
    broker: Broker, kafka_settings: KafkaSettings
) -> None:
    small = kafka_settings.model_copy(update={"buffer_bytes": 8 << 20})
    picture = bytes(60_000)
    told = Told()
    producer = Producer(
        Cluster(broker.servers, small),
        FRAMES,
        when_full="drop_oldest",
        acked=told.on_acked,
        dropped=told.on_dropped,
    )
    producer.send(captured(0, picture))
    wait_until(lambda: told.acked == [0])
    broker.kill()
    before = psutil.Process().memory_info().rss
    for seq in range(1, 5001):  # 300 MB
        producer.send(captured(seq, picture))
        if seq % 100 == 0:
            time.sleep(0.01)  # lets it fill what may be in flight
    grown = psutil.Process().memory_info().rss - before
    dropped = [seq for seq, _ in told.dropped]
    depth = producer.depth

    assert grown < 100 << 20
    assert dropped == sorted(dropped)
    assert len(dropped) + depth == 5000
    assert depth * len(picture) < 25 << 20

    broker.start()
    wait_until(lambda: 5000 in told.acked, 30)
    assert producer.flush(30)
    producer.close()
    assert sorted(told.acked + [seq for seq, _ in told.dropped]) == list(range(5001))
    assert {reason for _, reason in told.dropped} == {"broker_away"}


def test_closing_without_a_broker_settles_every_message_and_leaves_no_thread(
    forgetful: Broker, kafka_settings: KafkaSettings
) -> None:
    threads = threading.active_count()
    told = Told()
    producer = Producer(
        Cluster(forgetful.servers, kafka_settings),
        FRAMES,
        when_full="wait",
        acked=told.on_acked,
        dropped=told.on_dropped,
    )
    producer.send(captured(0))
    wait_until(lambda: told.acked == [0])
    forgetful.kill()
    for seq in range(1, 1001):
        producer.send(captured(seq))
    producer.close(timeout_s=0.5)

    assert [seq for seq, _ in told.dropped] == list(range(1, 1001))
    wait_until(lambda: threading.active_count() == threads)


def test_both_ends_may_start_before_the_broker(
    forgetful: Broker, kafka_settings: KafkaSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "moodtrace")
    forgetful.kill()
    cluster = Cluster(forgetful.servers, kafka_settings)
    with (
        Producer(cluster, FACES, when_full="wait") as producer,
        Consumer(cluster, FACES, "aggregate") as consumer,
    ):
        producer.send(scored(0))
        assert consumer.poll(10, 0.1).messages == []
        wait_until(lambda: producer.is_away and consumer.is_away)
        forgetful.start()
        batches = read_until(consumer, lambda batches: bool(messages_of(batches)))

    assert messages_of(batches) == [scored(0)]
    assert sorted(record.message for record in caplog.records) == [
        *["kafka is away"] * 2,
        *["kafka is back"] * 2,
    ]


def test_a_topic_made_anew_is_read_from_its_beginning(cluster: Cluster) -> None:
    with (
        Producer(cluster, FACES, when_full="wait") as producer,
        Consumer(cluster, FACES, "aggregate") as consumer,
    ):
        for number in range(100):
            producer.send(scored(number * 200))
        read_until(consumer, lambda batches: len(messages_of(batches)) == 100)
        assert consumer.confirm()
        first = consumer.topic_id
        delete_topics(cluster)
        ensure_topic(cluster, FACES)
        assert not consumer.confirm()
        for number in range(100, 110):
            producer.send(scored(number * 200))
        batches = read_until(consumer, lambda batches: len(messages_of(batches)) == 10)

        assert consumer.confirm()
        assert consumer.topic_id not in ("", first)

    assert [message.seq for message in messages_of(batches)] == list(range(100, 110))


def test_a_topic_made_anew_with_fewer_partitions_gets_what_was_under_way(
    exact_cluster: Cluster,
) -> None:
    told = Told()
    settings = exact_cluster.settings.model_copy(update={"partitions": 1})
    with Producer(
        exact_cluster, FACES, when_full="wait", acked=told.on_acked, dropped=told.on_dropped
    ) as producer:
        producer.send(scored(0))
        wait_until(lambda: told.acked == [0])
        delete_topics(exact_cluster)
        ensure_topic(Cluster(exact_cluster.servers, settings), FACES)
        for number in range(1, 50):
            producer.send(scored(number * 200))
        assert producer.flush(60)

    assert told.dropped == []
    assert told.acked == list(range(50))
    with Consumer(exact_cluster, FACES, "aggregate") as consumer:
        batches = read_until(consumer, lambda batches: len(messages_of(batches)) >= 49)
    assert [message.seq for message in messages_of(batches)] == list(range(1, 50))
