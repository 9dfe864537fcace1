"""Reads messages from a topic on Kafka as a member of a group; the caller says what is done.

Write, then commit: what was not committed is given again, so a crash loses nothing. What can't be
read goes to the topic of dead letters and holds nobody up.
"""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Generic, NamedTuple, Self, TypeVar

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError
from kafka.partitioner import murmur2
from kafka.structs import OffsetAndMetadata

from moodtrace.bus import Mode
from moodtrace.bus_kafka import RETRY_S, Cluster, Link
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import DEAD_LETTERS, TopicOf, ensure_topic, mode_of, open_topic
from moodtrace.codec import UnreadableMessageError, encode
from moodtrace.errors import ServerAwayError
from moodtrace.messages import DeadLetter

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=msgspec.Struct)

SILENT_S: Final = 10.0
"""After so long without a message, look whether brokers and topic are still there."""

COMMIT_S: Final = 5.0
"""Longest time for a commit, and for the dead letters that must arrive before it."""

_FETCH_BYTES: Final = 16 << 20
_BATCH_MESSAGES: Final = 64
_BATCH_S: Final = 0.5


class Received(NamedTuple, Generic[T]):
    """A message, and where it lies on its topic."""

    partition: int
    offset: int
    message: T
    at_ms: int = 0
    """Unix time of what it tells of, as its producer says."""


@dataclass(frozen=True)
class Batch(Generic[T]):
    """What one poll gave."""

    received: Sequence[Received[T]] = ()
    """In the order of offsets within each partition."""
    positions: Mapping[int, int] = field(default_factory=dict)
    """By partition, the offset to go on from: behind the last message, readable or not."""
    starts: Mapping[int, int] = field(default_factory=dict)
    """By partition, the offset of the first message, readable or not."""

    @property
    def messages(self) -> list[T]:
        """The messages alone."""
        return [received.message for received in self.received]


class Consumer(Generic[T]):
    """Reads in one thread; goes on by itself after an outage, from what was committed.

    Only `stop` may be called from another thread.
    """

    def __init__(
        self, cluster: Cluster, topic: TopicOf[T], group: str, *, mode: Mode | None = None
    ) -> None:
        """Prepare to read; the first poll looks for the brokers.

        Args:
            cluster: where to read.
            topic: what to read.
            group: whose members share the partitions and the positions; a new one begins with the
                oldest message.
            mode: give only what travels so, and pass over the rest unread; None gives all.
        """
        self.buried: Counter[str] = Counter()
        """Messages that went to the dead letters, by reason."""
        self._mode = mode
        self._cluster = cluster
        self._topic = topic
        self._name = topic.full_name(cluster.settings)
        self._group = f"{cluster.settings.topic_prefix}.{group}"
        self._link = Link(f"consumer of {topic.name}")
        self._client: KafkaConsumer | None = None
        self._admin: KafkaAdminClient | None = None
        """Asks `confirm`'s question, on a connection where no fetch is waited for."""
        self._topic_id: str | None = None
        self._heard_s = time.monotonic()
        self._dead_letters: Producer[DeadLetter] | None = None
        self._stopped = Event()

    @property
    def is_away(self) -> bool:
        """Whether the brokers did not answer when last looked for."""
        return self._link.is_lost

    @property
    def topic_id(self) -> str:
        """The id of the topic that is read, another if it was made anew; empty if it has none."""
        return self._topic_id or ""

    def poll(self, max_items: int, timeout_s: float) -> Batch[T]:
        """Return what is there, or what comes within `timeout_s`; an empty batch if nothing does.

        While the brokers are away it takes some seconds longer, and gives empty batches.

        Args:
            max_items: most that are wanted; 0: none are, but the partitions stay ours.
            timeout_s: how long to wait for the first.
        """
        client = self._client or self._open()
        if client is None:
            self._stopped.wait(min(timeout_s, RETRY_S))
            return Batch()
        try:
            if max_items:
                client.resume(*client.paused())
            else:
                client.pause(*client.assignment())
            polled = client.poll(timeout_ms=timeout_s * 1000, max_records=max_items or 1)
        except KafkaError as error:
            self._link.lost(type(error).__name__)
            self._close_client()
            return Batch()
        if polled:
            self._heard_s = time.monotonic()
            self._link.answers()
        else:
            self._mind_silence()
        return self._read([record for records in polled.values() for record in records])

    def confirm(self) -> bool:
        """Ask whether offsets still mean the same: a topic that is made anew counts from 0 again.

        Returns:
            False if they may not. Then what was polled last is not to be used, and reading goes on
            from what was committed, on the topic that is there by then.
        """
        if self._client is None:
            return False
        if self._topic_id is None:
            return True
        try:
            self._admin = self._admin or self._cluster.open(KafkaAdminClient, {})
            if self._admin.describe_topics([self._name])[0]["topic_id"] == self._topic_id:
                return True
        except KafkaError as error:
            self._link.lost(type(error).__name__)
        except ServerAwayError as error:
            self._link.lost(error.what)
        self._close_client()
        return False

    def __iter__(self) -> Iterator[Batch[T]]:
        """Give batches that are not empty, until stopped."""
        while not self._stopped.is_set():
            batch = self.poll(_BATCH_MESSAGES, _BATCH_S)
            if batch.positions:
                yield batch

    def commit(self, positions: Mapping[int, int]) -> bool:
        """Note that everything before these positions is done, once its dead letters arrived.

        Returns:
            False if the brokers are away or have given the partitions to another member; then the
            messages are given again, here or there.
        """
        if self._client is None:
            return False
        if self._dead_letters is not None and not self._dead_letters.flush(COMMIT_S):
            return False
        offsets = {
            TopicPartition(self._name, partition): OffsetAndMetadata(offset, "", -1)
            for partition, offset in positions.items()
        }
        try:
            self._client.commit(offsets, timeout_ms=COMMIT_S * 1000)
        except KafkaError as error:
            fields = {"topic": self._name, "why": type(error).__name__}
            logger.info("a commit did not succeed", extra={"fields": fields})
            return False
        return True

    def seek(self, partition: int, offset: int) -> None:
        """Go on with the message at `offset`.

        Raises:
            ValueError: This partition is not ours now.
        """
        if self._client is None:
            raise ValueError("no partition is ours while the brokers are away")
        self._client.seek(TopicPartition(self._name, partition), offset)

    def position(self, partition: int) -> int | None:
        """Return the offset of the next message of one of our partitions; None if not known yet."""
        if self._client is None:
            return None
        place = TopicPartition(self._name, partition)
        position: int | None = self._client.position(place, timeout_ms=100)
        return position

    def offset_at(self, partition: int, at_ms: int) -> int | None:
        """Return the offset of the first message that was sent at a Unix time or later.

        Returns:
            None if there is none; 0 where the brokers can't say.
        """
        place = TopicPartition(self._name, partition)
        try:
            found = self._client.offsets_for_times({place: at_ms})[place] if self._client else None
        except KafkaError:
            return 0
        return found.offset if found else None

    def partitions(self) -> set[int]:
        """Return the partitions that are ours now."""
        if self._client is None:
            return set()
        return {place.partition for place in self._client.assignment()}

    def partition_of(self, key: bytes) -> int | None:
        """Return where messages with this key lie; None while the brokers are away."""
        partitions = self._client and self._client.partitions_for_topic(self._name)
        if not partitions:
            return None
        numbers: list[int] = sorted(partitions)
        return numbers[(int(murmur2(key)) & 0x7FFFFFFF) % len(numbers)]

    def end(self, partition: int) -> int | None:
        """Return the offset behind the last message of one of our partitions.

        It comes from the answers to fetches, so it is known once something was polled; else None.
        """
        highwater: int | None = self._client and self._client.highwater(
            TopicPartition(self._name, partition)
        )
        return highwater

    def lag(self) -> dict[int, int]:
        """Return how many offsets each of our partitions is behind, where that is known.

        It comes from the answers to fetches: what brokers say is the end of a partition is wrong
        for some.
        """
        if self._client is None:
            return {}
        lag = {}
        for partition in self._client.assignment():
            highwater = self.end(partition.partition)
            position = self._client.position(partition, timeout_ms=100)
            if highwater is not None and position is not None:
                lag[partition.partition] = max(0, highwater - position)
        return lag

    def stop(self) -> None:
        """End the iteration after the batch that it is at."""
        self._stopped.set()

    def close(self) -> None:
        """Leave the group; nothing is committed."""
        self.stop()
        self._close_client()
        if self._dead_letters is not None:
            self._dead_letters.close()
            self._dead_letters = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> KafkaConsumer | None:
        settings = self._cluster.settings
        options = {
            "group_id": self._group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "session_timeout_ms": settings.session_timeout_s * 1000,
            "heartbeat_interval_ms": settings.session_timeout_s * 1000 // 6,
            "fetch_max_bytes": max(_FETCH_BYTES, settings.max_message_bytes),
            "max_partition_fetch_bytes": settings.max_message_bytes,
            "allow_auto_create_topics": False,
        }
        try:
            self._topic_id = open_topic(self._cluster, self._topic)
            self._client = self._cluster.open(KafkaConsumer, options)
        except ServerAwayError as error:
            self._link.lost(error.what)
            return None
        self._client.subscribe([self._name])
        self._heard_s = time.monotonic()
        self._link.answers()
        return self._client

    def _close_client(self) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        if self._client is not None:
            self._client.close(autocommit=False, timeout_ms=2000)
            self._client = None

    def _mind_silence(self) -> None:
        """Tell a quiet topic from lost brokers; begin anew after an outage or on another topic."""
        if time.monotonic() - self._heard_s < SILENT_S:
            return
        self._heard_s = time.monotonic()
        try:
            topic_id = ensure_topic(self._cluster, self._topic).id
        except ServerAwayError as error:
            self._link.lost(error.what)
            return
        if self._link.is_lost or topic_id != self._topic_id:
            self._close_client()

    def _read(self, records: Sequence[ConsumerRecord]) -> Batch[T]:
        received = []
        for record in records:
            if self._mode not in (None, mode_of(record.headers)):
                continue
            place = record.partition, record.offset
            try:
                message = self._topic.decode(record.value or b"")
            except UnreadableMessageError as error:
                self._bury(*place, error.reason, record.value or b"")
            else:
                received.append(Received(*place, message, record.timestamp))
        positions = {record.partition: record.offset + 1 for record in records}
        starts = {record.partition: record.offset for record in reversed(records)}
        return Batch(received, positions, starts)

    def bury(self, partition: int, offset: int, message: T, reason: str) -> None:
        """Send a dead letter of a message that can be read, and is of no use all the same."""
        self._bury(partition, offset, reason, encode(message))

    def _bury(self, partition: int, offset: int, reason: str, payload: bytes) -> None:
        if self._dead_letters is None:
            self._dead_letters = Producer(self._cluster, DEAD_LETTERS, when_full="wait")
        letter = DeadLetter(
            reason=reason,
            topic=self._name,
            partition=partition,
            offset=offset,
            sha256=hashlib.sha256(payload).hexdigest(),
            size_bytes=len(payload),
        )
        if not self.buried[reason]:
            fields = msgspec.to_builtins(letter)
            logger.warning("the first dead letter of a kind", extra={"fields": fields})
        self.buried[reason] += 1
        self._dead_letters.send(letter)
