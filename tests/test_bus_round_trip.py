import hashlib

import pytest
from kafka import KafkaProducer

from moodtrace.bus import TopicClosedError
from moodtrace.bus_consumer import Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import OVERHEAD_BYTES, Producer
from moodtrace.bus_topics import DEAD_LETTERS, FACES, FRAMES
from moodtrace.codec import encode
from moodtrace.messages import Captured, FrameCaptured, Scored
from tests.bus_ends import Told, messages_of, read_until
from tests.factories import captured, face, failed, scored
from tests.waiting import wait_until

CAMERAS = ("left", "middle", "right")


def test_frames_and_failures_come_back_whole_and_in_order_per_camera(cluster: Cluster) -> None:
    sent: list[Captured] = [
        failed(seq * 200, camera=camera)
        if seq % 10 == 9
        else captured(seq, camera.encode() * 10_000, camera=camera)
        for seq in range(100)
        for camera in CAMERAS
    ]
    told = Told()
    with Producer(
        cluster, FRAMES, when_full="wait", acked=told.on_acked, dropped=told.on_dropped
    ) as producer:
        for message in sent:
            producer.send(message)
        assert producer.flush(30)
        assert producer.depth == 0

    with Consumer(cluster, FRAMES, "infer") as consumer:
        batches = read_until(consumer, lambda batches: len(messages_of(batches)) == len(sent))
    for camera in CAMERAS:
        assert [m for m in messages_of(batches) if m.camera_id == camera] == [
            m for m in sent if m.camera_id == camera
        ]
    assert len(told.acked) == len(sent)
    assert told.dropped == []


def test_faces_of_a_screening_come_back_in_order(cluster: Cluster) -> None:
    sent: list[Scored] = [
        scored(number * 200, *[face()] * (number % 4), camera=CAMERAS[number % 3])
        for number in range(300)
    ]
    with Producer(cluster, FACES, when_full="wait") as producer:
        for message in sent:
            producer.send(message)

    with Consumer(cluster, FACES, "aggregate") as consumer:
        batches = read_until(consumer, lambda batches: len(messages_of(batches)) == len(sent))
    assert messages_of(batches) == sent
    assert len({received.partition for batch in batches for received in batch.received}) == 1


def test_what_was_not_committed_is_given_again(cluster: Cluster) -> None:
    with Producer(cluster, FACES, when_full="wait") as producer:
        for number in range(20):
            producer.send(scored(number * 200))

    with Consumer(cluster, FACES, "aggregate") as consumer:
        first = next(iter(consumer))
        positions = {first.received[0].partition: 5}
        assert consumer.commit(positions)
    with Consumer(cluster, FACES, "aggregate") as consumer:
        again = read_until(consumer, lambda batches: len(messages_of(batches)) == 15)
    assert [message.seq for message in messages_of(again)] == list(range(5, 20))


def test_a_reader_may_go_back_and_ends_when_told(cluster: Cluster) -> None:
    with Producer(cluster, FACES, when_full="wait") as producer:
        for number in range(10):
            producer.send(scored(number * 200))

    with Consumer(cluster, FACES, "aggregate") as consumer:
        batches = read_until(consumer, lambda batches: len(messages_of(batches)) == 10)
        consumer.seek(batches[0].received[0].partition, 7)
        seen = []
        for batch in consumer:
            seen += [message.seq for message in batch.messages]
            if seen[-1:] == [9]:
                consumer.stop()
    assert seen == [7, 8, 9]


def test_lag_counts_what_is_not_read_yet(exact_cluster: Cluster) -> None:
    with Producer(exact_cluster, FACES, when_full="wait") as producer:
        for number in range(100):
            producer.send(scored(number * 200))
        assert producer.flush(30)

        with Consumer(exact_cluster, FACES, "aggregate") as consumer:
            wait_until(lambda: consumer.poll(30, 0.2).positions)
            assert sum(consumer.lag().values()) == 70
            read_until(consumer, lambda batches: len(messages_of(batches)) == 70)
            assert sum(consumer.lag().values()) == 0


def test_a_picture_of_8k_never_leaves_and_the_largest_that_may_arrives(
    exact_cluster: Cluster,
) -> None:
    around = len(encode(captured(3, bytes(1 << 20)))) - (1 << 20) + len(FRAMES.key(captured(3)))
    largest = exact_cluster.settings.max_message_bytes - OVERHEAD_BYTES - around
    sizes = [7680 * 4320 * 3, 1000, largest + 1, largest, 2000]
    told = Told()
    with Producer(
        exact_cluster, FRAMES, when_full="wait", acked=told.on_acked, dropped=told.on_dropped
    ) as producer:
        for seq, size in enumerate(sizes):
            producer.send(captured(seq, bytes(size)))
        assert producer.flush(30)

    assert told.dropped == [(0, "too_large"), (2, "too_large")]
    assert sorted(told.acked) == [1, 3, 4]
    with Consumer(exact_cluster, FRAMES, "infer") as consumer:
        batches = read_until(consumer, lambda batches: len(messages_of(batches)) == 3)
    pictures = [m.image for m in messages_of(batches) if isinstance(m, FrameCaptured)]
    assert [len(picture) for picture in pictures] == [1000, largest, 2000]


POISON = {
    b"": "empty",
    b"\xc1 canary": "not_msgpack",
    encode(captured(0, b"canary" * 99))[:-9]: "not_msgpack",
    b"\x82\xa4kind\xb0frame_captured/1\xa5image\xc6\x06\x00\x00\x00 canary": "not_msgpack",
    encode(captured(0, b"canary")).replace(b"captured/1", b"captured/2"): "unknown_version",
    encode(captured(0, b"canary")).replace(b"frame_", b"canary"): "unknown_kind",
    encode(captured(0, b"canary")).replace(b"\xa5image", b"\xa5imago"): "wrong_fields",
    encode(captured(0, b"canary")).replace(b"jpeg", b"heif"): "wrong_fields",
}


def test_poison_goes_to_the_dead_letters_and_holds_nobody_up(cluster: Cluster) -> None:
    ways = list(POISON)
    poisoned = {offset: ways[offset // 50 % len(ways)] for offset in range(49, 1000, 50)}
    payloads = [poisoned[seq] if seq in poisoned else encode(captured(seq)) for seq in range(1000)]
    with Consumer(cluster, FRAMES, "infer") as consumer:
        consumer.poll(1, 0.1)  # makes the topic
        raw = cluster.open(KafkaProducer, {})
        for payload in payloads:
            raw.send(FRAMES.full_name(cluster.settings), payload, key=b"one partition")
        raw.close()

        batches = read_until(consumer, lambda batches: len(messages_of(batches)) == 980)
        counted = dict(consumer.buried)
    assert [m.seq for m in messages_of(batches)] == [n for n in range(1000) if n not in poisoned]

    with Consumer(cluster, DEAD_LETTERS, "audit") as audit:
        read = read_until(audit, lambda batches: len(messages_of(batches)) == len(poisoned))
    letters = messages_of(read)
    assert {letter.offset: letter.reason for letter in letters} == {
        offset: POISON[way] for offset, way in poisoned.items()
    }
    for letter in letters:
        way = poisoned[letter.offset]
        assert (letter.sha256, letter.size_bytes) == (hashlib.sha256(way).hexdigest(), len(way))
        assert b"canary" not in encode(letter)
    assert sum(counted.values()) == len(poisoned) == 20
    assert counted["not_msgpack"] == sum(POISON[way] == "not_msgpack" for way in poisoned.values())


def test_a_closed_producer_takes_nothing_more(cluster: Cluster) -> None:
    producer = Producer(cluster, FACES, when_full="wait")
    producer.close()

    with pytest.raises(TopicClosedError):
        producer.send(scored(0))
