"""Reads all that a topic on Kafka holds now, as no member of any group; commits nothing."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final, TypeVar

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import TopicOf, open_topic
from moodtrace.codec import UnreadableMessageError

T = TypeVar("T", bound=msgspec.Struct)

POLL_MS: Final = 500
SILENT_S: Final = 20.0
"""Brokers that say nothing for so long are away."""
_FETCH_BYTES: Final = 16 << 20


def read_all(cluster: Cluster, topic: TopicOf[T]) -> Iterator[T]:
    """Give out what lies on a topic, each partition in its order; what can't be read is left out.

    Raises:
        ServerAwayError: The brokers don't answer.
    """
    settings = cluster.settings
    open_topic(cluster, topic)
    options = {
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "fetch_max_bytes": max(_FETCH_BYTES, settings.max_message_bytes),
        "max_partition_fetch_bytes": settings.max_message_bytes,
        "allow_auto_create_topics": False,
    }
    with closing(cluster.open(KafkaConsumer, options)) as client:
        try:
            yield from _read(client, topic, topic.full_name(settings))
        except KafkaError as error:
            raise cluster.away(error) from error


def _read(client: KafkaConsumer, topic: TopicOf[T], name: str) -> Iterator[T]:
    places = [TopicPartition(name, number) for number in client.partitions_for_topic(name) or ()]
    client.assign(places)
    client.seek_to_beginning()
    heard_s = time.monotonic()
    while not all(_is_read(client, place) for place in places):
        if time.monotonic() > heard_s + SILENT_S:
            raise KafkaTimeoutError(f"nothing for {SILENT_S:g} s")
        for records in client.poll(timeout_ms=POLL_MS).values():
            heard_s = time.monotonic()
            for record in records:
                try:
                    yield topic.decode(record.value or b"")
                except UnreadableMessageError:  # a dead letter says so already
                    continue


def _is_read(client: KafkaConsumer, place: TopicPartition) -> bool:
    """Say whether a partition was read to its end, which answers to fetches tell rightly."""
    highwater = client.highwater(place)
    return highwater is not None and client.position(place) >= highwater
