"""Sends messages to a topic on Kafka, within a bound of its own; every one is accounted for.

The client queues without bound and never blocks, so messages wait in an outbox and are handed over
only while little is in flight. Why the client is set so: docs/decisions/0017-kafka-client.md.
"""

import logging
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Final, Generic, Self, TypeVar

import msgspec
from kafka import KafkaProducer
from kafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
    RecordListTooLargeError,
    RetriableError,
)

from moodtrace.bus import Mode
from moodtrace.bus_kafka import RETRY_S, Cluster, Link
from moodtrace.bus_outbox import Entry, Outbox, WhenFull
from moodtrace.bus_topics import TopicOf, ensure_topic, headers_of, open_topic
from moodtrace.clock import wall_ms
from moodtrace.codec import encode
from moodtrace.errors import ServerAwayError
from moodtrace.messages import FrameCaptured

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=msgspec.Struct)

BROKER_AWAY: Final = "broker_away"
TOO_LARGE: Final = "too_large"
REFUSED: Final = "refused"
"""Why messages are dropped; see `Producer`."""

SILENT_S: Final = 5.0
"""With something in flight, a longer silence means that the brokers are away."""

LIVE_DELIVERY_MS: Final = 30_000
"""A live message that is in flight for longer is given up."""

_FOR_EVER_MS: Final = 2**31 - 1
_BATCH_BYTES: Final = 262_144
OVERHEAD_BYTES: Final = 512
"""More than the headers of a batch and of a message take on the wire."""


class Producer(Generic[T]):
    """Sends messages from any thread, in order; finds the brokers by itself, however late.

    Every message sent ends in exactly one call, without its picture: `acked(message)` when all
    replicas have it, or `dropped(message, reason)`. The reasons: `broker_away` (or too slow: the
    buffer was full, or the time was up; if it was in flight, it may have arrived), `too_large` (it
    never left), `refused` by the brokers. The calls come from several threads and must be quick.
    """

    def __init__(
        self,
        cluster: Cluster,
        topic: TopicOf[T],
        *,
        when_full: WhenFull,
        mode: Mode | None = None,
        acked: Callable[[T], None] = lambda _: None,
        dropped: Callable[[T, str], None] = lambda *_: None,
    ) -> None:
        """Start to look for the brokers; sending need not wait for them.

        Args:
            cluster: where to send.
            topic: what is sent.
            when_full: what `send` does when the buffer is full. `drop_oldest`, for live: drop what
                has waited longest. `wait`, for replay: block, and never give up what is in flight.
            mode: how frames travel; None is live.
            acked: told of each message that arrived.
            dropped: told of each message that is given up, and why.
        """
        settings = cluster.settings
        self._cluster = cluster
        self._topic = topic
        self._live = when_full == "drop_oldest"
        self._headers = headers_of(mode)
        self._acked = acked
        self._dropped = dropped
        self._outbox = Outbox[T](when_full, settings.buffer_messages, settings.buffer_bytes)
        self._link = Link(f"producer of {topic.name}")
        self._heard_s = time.monotonic()
        self._looks_in_vain = 0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"kafka-{topic.name}", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Messages whose fate is not known yet."""
        return len(self._outbox)

    @property
    def is_away(self) -> bool:
        """Whether the brokers don't answer."""
        return self._link.is_lost

    def send(self, message: T, at_ms: int | None = None) -> None:
        """Send a message; if the buffer is full, see `when_full`.

        Args:
            message: what is sent.
            at_ms: Unix time of what it tells of, such as when a picture was taken; None is now.

        Raises:
            TopicClosedError: The producer was closed.
        """
        key, payload = self._topic.key(message), encode(message)
        at_ms = wall_ms() if at_ms is None else at_ms
        entry = Entry(_without_picture(message), key, payload, at_ms)
        if len(key) + len(payload) + OVERHEAD_BYTES > self._cluster.settings.max_message_bytes:
            self._dropped(entry.message, TOO_LARGE)
            return
        for oldest in self._outbox.put(entry):
            self._dropped(oldest.message, BROKER_AWAY)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the fate of every message is known; return whether it is."""
        return self._outbox.wait_until_empty(timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Take no more, wait at most `timeout_s` for what is on its way, drop the rest."""
        self._outbox.close()
        self._outbox.wait_until_empty(timeout_s)
        self._stopping.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        """Carry messages, by another client where one gets nowhere; in the end drop the rest."""
        while not self._stopping.is_set():
            try:
                self._serve()
            except Exception:  # a thread that ends unseen would hold up all that is sent
                logger.exception(
                    "a producer begins anew", extra={"fields": {"topic": self._topic.name}}
                )
                self._stopping.wait(RETRY_S)
        for entry in self._outbox.clear():
            self._dropped(entry.message, BROKER_AWAY)

    def _serve(self) -> None:
        """Open one client and let it carry for as long as it gets anywhere."""
        client = self._open()
        if client is None:
            return
        try:
            self._carry(client)
        finally:
            self._outbox.put_back()
            _close(client)

    def _open(self) -> KafkaProducer | None:
        """Open the client as soon as the brokers answer; None if told to stop before."""
        options = {
            "acks": "all",
            "enable_idempotence": False,
            "max_in_flight_requests_per_connection": 1,  # else a retry is overtaken
            "batch_size": _BATCH_BYTES,
            "linger_ms": 5,
            "max_request_size": self._cluster.settings.max_message_bytes,
            "max_block_ms": 1000,
            "delivery_timeout_ms": LIVE_DELIVERY_MS if self._live else _FOR_EVER_MS,
            "allow_auto_create_topics": False,
        }
        while not self._stopping.is_set():
            try:
                open_topic(self._cluster, self._topic)
                client = self._cluster.open(KafkaProducer, options)
            except ServerAwayError as error:
                self._link.lost(error.what)
                self._stopping.wait(RETRY_S)
            else:
                self._link.answers()
                return client
        return None

    def _carry(self, client: KafkaProducer) -> None:
        """Hand over what waits, in order, until told to stop or until the client gets nowhere."""
        self._looks_in_vain = 0
        while not self._stopping.is_set():
            entry = self._outbox.take(RETRY_S / 10)
            if (entry and not self._hand_over(client, entry)) or self._is_stuck():
                self._stopping.wait(RETRY_S)
                return

    def _hand_over(self, client: KafkaProducer, entry: Entry[T]) -> bool:
        """Give an entry to the client; False if it can't say where the topic is."""
        if self._outbox.in_flight == 1:
            self._heard_s = time.monotonic()  # nobody owed us an answer before
        name = self._topic.full_name(self._cluster.settings)
        try:
            future = client.send(
                name,
                entry.payload,
                key=entry.key,
                headers=self._headers,
                timestamp_ms=entry.at_ms,
            )
            if future.failed():
                raise future.exception
        except RetriableError as error:
            self._link.lost(type(error).__name__)
            return False
        except KafkaError as error:
            self._failed(entry, error)
        else:
            future.add_callback(lambda _: self._arrived(entry))
            future.add_errback(lambda error: self._failed(entry, error))
        return True

    def _arrived(self, entry: Entry[T]) -> None:
        self._heard_s = time.monotonic()
        self._looks_in_vain = 0
        self._link.answers()
        if self._outbox.land(entry):
            self._acked(entry.message)

    def _failed(self, entry: Entry[T], error: KafkaError) -> None:
        if self._outbox.land(entry):
            self._dropped(entry.message, _reason(error))

    def _is_stuck(self) -> bool:
        """Notice silence, make a topic that was lost anew, and see if the client goes on then."""
        if not self._outbox.in_flight or time.monotonic() - self._heard_s < SILENT_S:
            return False
        self._heard_s = time.monotonic()
        self._link.lost(f"no acknowledgement for {SILENT_S:g} s")
        try:
            ensure_topic(self._cluster, self._topic)
        except ServerAwayError:
            self._looks_in_vain = 0
        else:
            self._looks_in_vain += 1
        return self._looks_in_vain > 1


def _without_picture(message: T) -> T:
    """Return what calls are about: for as long as it waits, its payload has the picture already."""
    if isinstance(message, FrameCaptured):
        return msgspec.structs.replace(message, image=b"")
    return message


def _reason(error: KafkaError) -> str:
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return TOO_LARGE
    away = (RetriableError, NotEnoughReplicasError, NotEnoughReplicasAfterAppendError)
    return BROKER_AWAY if isinstance(error, away) else REFUSED


def _close(client: KafkaProducer) -> None:
    """End the client and its thread, even with something on its way."""
    # close() of kafka-python 3.0.12 raises then, and leaves the thread behind for good.
    client._sender.force_close()
    client._sender.join(2)
    client.close(timeout=1)
