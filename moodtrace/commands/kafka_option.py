"""The option that names brokers, and what it opens."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from moodtrace.bus_kafka import Cluster

KafkaOption = Annotated[
    str | None,
    typer.Option("--kafka", metavar="HOST:PORT", help="Brokers; without it MOODTRACE_KAFKA."),
]


def cluster_if_any(kafka: str | None) -> "Cluster | None":
    """Return the brokers to talk to; None where Kafka is not used.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    from moodtrace.settings import load_settings

    return cluster_of(kafka) if kafka or load_settings().kafka else None


def cluster_of(kafka: str | None) -> "Cluster":
    """Return the brokers to talk to.

    Raises:
        ConfigurationError: none are named, or a setting is wrong.
    """
    from moodtrace.bus_kafka import Cluster
    from moodtrace.errors import ConfigurationError
    from moodtrace.settings import load_kafka_settings, load_settings

    servers = kafka or load_settings().kafka
    if not servers:
        raise ConfigurationError(
            "no Kafka is named",
            where="--kafka and MOODTRACE_KAFKA",
            try_this="name brokers: --kafka HOST:9092; without Kafka: moodtrace up",
        )
    return Cluster(servers, load_kafka_settings())
