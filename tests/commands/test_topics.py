import json

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import TOPICS, missing_topics
from tests.conftest import Cli


def test_topics_are_made_before_anybody_needs_them_and_what_differs_is_told(
    cli: Cli, exact_cluster: Cluster
) -> None:
    prefix = exact_cluster.settings.topic_prefix
    names = [topic.full_name(exact_cluster.settings) for topic in TOPICS]
    env = {"MOODTRACE_KAFKA": exact_cluster.servers, "MOODTRACE_KAFKA_TOPIC_PREFIX": prefix}
    assert missing_topics(exact_cluster) == names

    made = cli("topics", env=env)
    assert made.returncode == 0, made.stderr
    assert made.stderr.splitlines() == [f"{name}: as the settings say" for name in names]
    assert missing_topics(exact_cluster) == []

    again = cli("topics", "--json", env={**env, "MOODTRACE_KAFKA_PARTITIONS": "3"})
    differences = {one["topic"]: one["differences"] for one in json.loads(again.stdout)}
    assert differences == {
        names[0]: {"partitions": "8"},
        names[1]: {"partitions": "8"},
        names[2]: {},
    }


def test_doctor_looks_at_the_brokers_that_are_named(cli: Cli, exact_cluster: Cluster) -> None:
    prefix = exact_cluster.settings.topic_prefix
    env = {"MOODTRACE_KAFKA": exact_cluster.servers, "MOODTRACE_KAFKA_TOPIC_PREFIX": prefix}

    there = {one["check"]: one for one in json.loads(cli("doctor", "--json", env=env).stdout)}
    gone = cli("doctor", "--json", env={"MOODTRACE_KAFKA": "127.0.0.1:1"})
    away = {one["check"]: one for one in json.loads(gone.stdout)}

    assert there["kafka"]["ok"]
    assert f"{prefix}.frames" in there["kafka"]["found"]
    assert not away["kafka"]["ok"] and "127.0.0.1:1" in away["kafka"]["found"]
    assert gone.returncode == 78
