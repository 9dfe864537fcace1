"""What all clients of Kafka share: how they are opened, and how an outage is told.

Knows nothing of messages or topics.
"""

import importlib
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from moodtrace.errors import ConfigurationError, ServerAwayError
from moodtrace.settings import KafkaSettings

logger = logging.getLogger(__name__)

Client = TypeVar("Client")

RETRY_S: Final = 1.0
"""Pause between two tries to reach brokers that don't answer."""

_ADDRESS: Final = r"([\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}"
_OPTIONS: Final[Mapping[str, object]] = {
    "client_id": "moodtrace",
    "bootstrap_timeout_ms": 2000,
    "request_timeout_ms": 10_000,
    "reconnect_backoff_max_ms": 1000,
    "metadata_max_age_ms": 10_000,
}


class Cluster:
    """The brokers that clients are opened on, and the settings they share."""

    def __init__(self, servers: str, settings: KafkaSettings) -> None:
        """Prepare to talk to the brokers at `servers`, `HOST:PORT[,HOST:PORT…]`; send nothing yet.

        Raises:
            ConfigurationError: The addresses can't be understood, or crc32c is missing.
        """
        if not re.fullmatch(f"{_ADDRESS}(,{_ADDRESS})*", servers):
            raise ConfigurationError(
                "the address of Kafka can't be understood",
                where=repr(servers),
                try_this="write HOST:PORT, several with commas: kafka-1:9092,kafka-2:9092",
            )
        require_crc32c()
        _silence_client()
        self.servers = servers
        self.settings = settings

    def open(self, kind: Callable[..., Client], options: Mapping[str, object]) -> Client:
        """Open a client; where no broker answers, leave no thread and no socket behind.

        Args:
            kind: `KafkaProducer`, `KafkaConsumer` or `KafkaAdminClient`.
            options: in the words of the client, beside those that all share.

        Raises:
            ServerAwayError: No broker answers in time.
        """
        networks: list[KafkaNetClient] = []

        def network(**configuration: Any) -> KafkaNetClient:
            networks.append(KafkaNetClient(**configuration))
            return networks[-1]

        shared = {**_OPTIONS, "bootstrap_servers": self.servers.split(","), "kafka_client": network}
        try:
            return kind(**shared, **options)
        except KafkaError as error:
            # kafka-python 3.0.12 leaves its I/O thread running when a constructor fails.
            for client in networks:
                client.close()
            raise self.away(error) from error

    def away(self, error: KafkaError) -> ServerAwayError:
        """Say in our words that no broker does what was asked."""
        return ServerAwayError(
            f"Kafka does not answer as it should: {type(error).__name__}",
            where=self.servers,
            try_this="start it, or name a broker that runs: --kafka or MOODTRACE_KAFKA",
        )


def topic_id_now(client: KafkaConsumer, name: str, timeout_s: float) -> str | None:
    """Ask the brokers for the id of a topic; the answer is newer than all that was polled.

    kafka-python 3 has no public way to ask for one topic; this is what its `topics()` does for all.

    Returns:
        None if the topic is not there, or the brokers give no ids (Apache Kafka does since 2.8).

    Raises:
        KafkaError: They don't answer in time.
    """
    for _ in range(1 + client._cluster.metadata_refresh_in_progress):
        answer = client._cluster.request_update()
        client._net.run(client._manager.wait_for, answer, timeout_s * 1000)
    found = client._cluster.topic_id(name)
    return found and str(found)


class Link:
    """Whether the brokers answer one client; tells the log when that changes, and only then."""

    def __init__(self, client: str) -> None:
        """Begin as one that answers; `client` names it in the log."""
        self._client = client
        self._lost_s: float | None = None

    @property
    def is_lost(self) -> bool:
        """Whether the brokers were away when last heard of."""
        return self._lost_s is not None

    def lost(self, why: str) -> None:
        """Note that the brokers don't answer."""
        if self._lost_s is None:
            self._lost_s = time.monotonic()
            fields = {"client": self._client, "why": why}
            logger.warning("kafka is away", extra={"fields": fields})

    def answers(self) -> None:
        """Note that the brokers answer."""
        if self._lost_s is not None:
            fields = {"client": self._client, "after_s": round(time.monotonic() - self._lost_s, 1)}
            self._lost_s = None
            logger.info("kafka is back", extra={"fields": fields})


def require_crc32c() -> None:
    """See that checksums are made in C: in Python they cost twenty times the rest.

    Raises:
        ConfigurationError: The package is missing.
    """
    try:
        importlib.import_module("crc32c")
    except ImportError as error:
        raise ConfigurationError(
            "the package crc32c is missing; without it Kafka takes twenty times as long",
            where="this Python environment",
            try_this='python -m pip install "kafka-python[crc32c]"',
        ) from error


def _silence_client() -> None:
    """Leave the log to `Link`: the client logs every try of every connection."""
    client = logging.getLogger("kafka")
    if client.level == logging.NOTSET:
        client.setLevel(logging.CRITICAL)
