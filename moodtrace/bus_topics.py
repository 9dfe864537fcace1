"""The topics on Kafka: what lies on them, under which key, and for how long."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from moodtrace.bus import Mode
from moodtrace.bus_kafka import Cluster
from moodtrace.codec import (
    decode_captured,
    decode_dead_letter,
    decode_recorded,
    decode_scored,
)
from moodtrace.messages import Captured, DeadLetter, Scored
from moodtrace.screening import ScreeningDeleted, ScreeningRecorded
from moodtrace.settings import KafkaSettings

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=msgspec.Struct)

SEGMENT_BYTES: Final = 64 << 20
SEGMENT_MS: Final = 60_000
"""A broker deletes whole closed segments only, so those with pictures close soon."""

_MODE_HEADER: Final = "mode"
_ADMIN_MS: Final = 5000

Headers = Sequence[tuple[str, bytes]]
"""What Kafka carries beside a message, by name."""


def headers_of(mode: Mode | None) -> list[tuple[str, bytes]]:
    """Return what marks the messages of a mode; those of none, and live ones, are not marked."""
    return [(_MODE_HEADER, mode.encode())] if mode == "batch" else []


def mode_of(headers: Headers) -> Mode:
    """Return how a message travels."""
    return "batch" if (_MODE_HEADER, b"batch") in headers else "live"


@dataclass(frozen=True)
class TopicOf(Generic[T]):
    """A topic: what lies on it, and what makes messages lie in one partition, in order."""

    name: str
    """Without the prefix of the settings."""
    key: Callable[[T], bytes]
    decode: Callable[[bytes], T]

    def full_name(self, settings: KafkaSettings) -> str:
        """Return the name that brokers know."""
        return f"{settings.topic_prefix}.{self.name}"


def _by_camera(message: Captured) -> bytes:
    return f"{message.screening_id}/{message.camera_id}".encode()


def _by_screening(message: Scored | ScreeningRecorded | ScreeningDeleted) -> bytes:
    return message.screening_id.encode()


def _by_origin(letter: DeadLetter) -> bytes:
    return f"{letter.topic}/{letter.partition}".encode()


FRAMES: Final = TopicOf[Captured]("frames", _by_camera, decode_captured)
"""Pictures, for minutes; a camera keeps its order."""

FACES: Final = TopicOf[Scored]("faces", _by_screening, decode_scored)
"""Numbers, for days; one consumer owns a screening."""

SCREENINGS: Final = TopicOf[ScreeningRecorded | ScreeningDeleted](
    "screenings", _by_screening, decode_recorded
)
"""What each screening is, for as long as its faces: with both a lost store is restored."""

DEAD_LETTERS: Final = TopicOf[DeadLetter]("dead-letters", _by_origin, decode_dead_letter)
"""What could not be read or analysed, without its contents, for days."""

TOPICS: Final[tuple[TopicOf[Any], ...]] = (FRAMES, FACES, DEAD_LETTERS)


class Plan(NamedTuple):
    """How a topic is made."""

    partitions: int
    configuration: Mapping[str, str]
    """In Kafka's words."""


def plan(topic: TopicOf[Any], settings: KafkaSettings) -> Plan:
    """Return how `topic` is to be made."""
    if topic is FRAMES:
        retention_ms = settings.frames_retention_s * 1000
    else:
        retention_ms = settings.faces_retention_days * 86_400_000
    configuration = {
        "cleanup.policy": "delete",
        "compression.type": "producer",
        "max.message.bytes": str(settings.max_message_bytes),
        "retention.ms": str(retention_ms),
    }
    if topic is FRAMES:
        configuration |= {"segment.bytes": str(SEGMENT_BYTES), "segment.ms": str(SEGMENT_MS)}
    return Plan(settings.partitions if topic in (FRAMES, FACES) else 1, configuration)


class Found(NamedTuple):
    """What the brokers have under a topic's name."""

    id: str | None
    """Changes when the topic is made anew; None where brokers give no ids."""
    differences: dict[str, str]
    """What is otherwise than planned, and what it is."""


def ensure_topic(cluster: Cluster, topic: TopicOf[Any]) -> Found:
    """Make the topic if it is missing; change nothing of one that exists.

    Raises:
        ServerAwayError: The brokers don't answer, or refuse.
    """
    wanted = plan(topic, cluster.settings)
    name = topic.full_name(cluster.settings)
    admin = cluster.open(KafkaAdminClient, {})
    try:
        new = NewTopic(name, wanted.partitions, -1, topic_configs=dict(wanted.configuration))
        try:
            admin.create_topics([new], timeout_ms=_ADMIN_MS, wait_for_metadata=True)
            differences = {}
        except TopicAlreadyExistsError:
            differences = _differences(admin, name, wanted)
        return Found(admin.describe_topics([name])[0]["topic_id"], differences)
    except KafkaError as error:
        raise cluster.away(error) from error
    finally:
        admin.close()


def open_topic(cluster: Cluster, topic: TopicOf[Any]) -> str | None:
    """Make the topic if it is missing, warn if it is otherwise than planned, return its id.

    Raises:
        ServerAwayError: The brokers don't answer, or refuse.
    """
    found = ensure_topic(cluster, topic)
    if found.differences:
        fields = {"topic": topic.full_name(cluster.settings), "found": found.differences}
        logger.warning("a topic is otherwise than the settings say", extra={"fields": fields})
    return found.id


def missing_topics(cluster: Cluster) -> list[str]:
    """Return the names of our topics that the brokers don't have; make none.

    Raises:
        ServerAwayError: The brokers don't answer, or refuse.
    """
    admin = cluster.open(KafkaAdminClient, {})
    try:
        there = set(admin.list_topics())
    except KafkaError as error:
        raise cluster.away(error) from error
    finally:
        admin.close()
    names = [topic.full_name(cluster.settings) for topic in TOPICS]
    return [name for name in names if name not in there]


def _differences(admin: KafkaAdminClient, name: str, wanted: Plan) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    configuration = admin.describe_configs([resource], config_filter="all")["topic"][name]
    found = {key: str(entry["value"]) for key, entry in configuration.items()}
    differences = {
        key: found[key]
        for key, value in wanted.configuration.items()
        if found.get(key, value) != value
    }
    partitions = len(admin.describe_topics([name])[0]["partitions"])
    if partitions != wanted.partitions:
        differences["partitions"] = str(partitions)
    return differences
