import gc
import logging
import socket
import sys
import threading
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient

from moodtrace.bus_kafka import Cluster, Link
from moodtrace.errors import ConfigurationError, ServerAwayError
from moodtrace.settings import KafkaSettings


@pytest.mark.parametrize(
    "servers", ["kafka:9092", "10.0.0.1:9092,kafka-2.example:9093", "[::1]:9092"]
)
def test_addresses_name_hosts_and_ports(servers: str) -> None:
    assert Cluster(servers, KafkaSettings()).servers == servers


@pytest.mark.parametrize("servers", ["", "kafka", "kafka:", "kafka:9092,", "kafka://kafka:9092"])
def test_an_address_that_is_none_is_refused(servers: str) -> None:
    with pytest.raises(ConfigurationError, match="address of Kafka"):
        Cluster(servers, KafkaSettings())


def test_a_missing_crc32c_is_told_before_anything_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crc32c", None)

    with pytest.raises(ConfigurationError) as caught:
        Cluster("kafka:9092", KafkaSettings())

    assert caught.value.lines() == (
        "Error: the package crc32c is missing; without it Kafka takes twenty times as long",
        "Where: this Python environment",
        'Try:   python -m pip install "kafka-python[crc32c]"',
    )


@pytest.mark.parametrize("kind", [KafkaProducer, KafkaConsumer, KafkaAdminClient])
@pytest.mark.parametrize("listening", [False, True], ids=["refused", "silent"])
def test_brokers_that_do_not_answer_leave_nothing_behind(kind: type, listening: bool) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        cluster = Cluster(f"127.0.0.1:{server.getsockname()[1]}", KafkaSettings())
        before = open_now()

        with pytest.raises(ServerAwayError, match="does not answer"):
            cluster.open(kind, {})

        assert open_now() == before


def open_now() -> tuple[int, int]:
    """Threads and files of this process, but for sockets that a client could not connect."""
    gc.collect()  # which it leaves to this, those of the tests before among them
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def test_the_log_tells_changes_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "moodtrace")
    link = Link("producer of frames")

    for _ in range(3):
        link.answers()
    for _ in range(3):
        link.lost("KafkaTimeoutError")
    for _ in range(3):
        link.answers()

    assert [record.message for record in caplog.records] == ["kafka is away", "kafka is back"]
