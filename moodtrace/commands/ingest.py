"""`moodtrace ingest`: cameras to Kafka; analysis is done elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.kafka_option import KafkaOption, cluster_of
from moodtrace.commands.options import RedisOption
from moodtrace.commands.up import HEALTH_PORT


def ingest(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Cameras as YAML; followed as it changes.")
    ] = None,
    kafka: KafkaOption = None,
    health_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Health and controls; 0 for any.")
    ] = HEALTH_PORT,
    redis: RedisOption = None,
) -> None:
    """Read cameras and send their frames to Kafka until Ctrl-C.

    Example: moodtrace ingest --kafka localhost:9092 --redis redis://localhost:6379/0
    """
    import sys

    from moodtrace.commands.ingest_run import run
    from moodtrace.commands.live_job import job_maker
    from moodtrace.commands.open_store import store_to_write
    from moodtrace.logs import log_as_json
    from moodtrace.settings import load_analysis_settings, load_settings
    from moodtrace.store_client import BRIEF

    settings, cluster = load_settings(), cluster_of(kafka)
    job_of = job_maker(settings, load_analysis_settings(), "jpeg")
    log_as_json(sys.stderr)
    with store_to_write(settings, redis, BRIEF) as store:
        run(store, job_of, cluster, config, settings.data_dir, health_port, _greet)


def _greet(health_port: int) -> None:
    say(f"Health: http://127.0.0.1:{health_port}/metrics")
    say("Running. Ctrl-C ends it.")
