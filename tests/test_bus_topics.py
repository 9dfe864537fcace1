import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import DEAD_LETTERS, FACES, FRAMES, ensure_topic, open_topic
from moodtrace.settings import KafkaSettings
from tests.factories import captured, failed, scored


def test_pictures_live_for_minutes_in_segments_that_close_soon(exact_cluster: Cluster) -> None:
    for topic in (FRAMES, FACES, DEAD_LETTERS):
        assert ensure_topic(exact_cluster, topic).differences == {}
        assert ensure_topic(exact_cluster, topic).differences == {}

    frames = configuration(exact_cluster, "frames")
    assert frames["retention.ms"] == "600000"
    assert frames["segment.bytes"] == str(64 << 20)
    assert frames["segment.ms"] == "60000"
    assert frames["max.message.bytes"] == str(4 << 20)
    assert configuration(exact_cluster, "faces")["retention.ms"] == str(7 * 24 * 3600 * 1000)


def test_a_topic_that_is_otherwise_than_the_settings_is_told_and_left_alone(
    exact_cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    ensure_topic(exact_cluster, FRAMES)
    prefix = exact_cluster.settings.topic_prefix
    changed = KafkaSettings(topic_prefix=prefix, partitions=3, frames_retention_s=60)
    other = Cluster(exact_cluster.servers, changed)

    assert ensure_topic(other, FRAMES).differences == {"partitions": "8", "retention.ms": "600000"}
    open_topic(other, FRAMES)

    assert [record.message for record in caplog.records] == [
        "a topic is otherwise than the settings say"
    ]
    assert configuration(exact_cluster, "frames")["retention.ms"] == "600000"


def test_a_topic_made_anew_has_another_id(cluster: Cluster) -> None:
    first = ensure_topic(cluster, FRAMES).id
    admin = cluster.open(KafkaAdminClient, {})
    admin.delete_topics([FRAMES.full_name(cluster.settings)])
    admin.close()

    assert first
    assert ensure_topic(cluster, FRAMES).id != first


def test_a_camera_keeps_its_frames_together_and_a_screening_its_faces() -> None:
    assert FRAMES.key(captured(0, camera="left")) == FRAMES.key(failed(200, camera="left"))
    assert FRAMES.key(captured(0, camera="left")) != FRAMES.key(captured(0, camera="right"))
    assert FACES.key(scored(0, camera="left")) == FACES.key(failed(0, camera="right"))


def configuration(cluster: Cluster, topic: str) -> dict[str, str]:
    """What the broker has been told of a topic."""
    name = f"{cluster.settings.topic_prefix}.{topic}"
    admin = cluster.open(KafkaAdminClient, {})
    resource = ConfigResource(ConfigResourceType.TOPIC, name)
    found = admin.describe_configs([resource], config_filter="all")["topic"][name]
    admin.close()
    return {key: entry["value"] for key, entry in found.items()}
