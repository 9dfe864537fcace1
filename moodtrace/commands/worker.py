"""`moodtrace worker`: the two stages behind Kafka, as many processes of each as there are cores."""

from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.kafka_option import KafkaOption, cluster_of
from moodtrace.commands.options import DetectorOption, RedisOption

app = typer.Typer(help="Analyse frames, and write timelines, behind Kafka.", no_args_is_help=True)

INFER_PORT = 9102
AGGREGATE_PORT = 9103


@app.command()
def infer(
    kafka: KafkaOption = None,
    detector: DetectorOption = "auto",
    health_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Health; 0 for any.")
    ] = INFER_PORT,
    max_age: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="Older live frames are dropped.  [2]"),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Replicas to use; auto: `moodtrace serve` on this machine."
        ),
    ] = None,
) -> None:
    """Turn frames into faces until Ctrl-C.

    Example: moodtrace worker infer --kafka localhost:9092
    """
    import sys
    from functools import partial

    from moodtrace.commands.analysing import by_replicas, here
    from moodtrace.commands.networks import networks
    from moodtrace.commands.worker_infer import run
    from moodtrace.logs import log_as_json
    from moodtrace.settings import load_analysis_settings, load_settings, load_worker_settings
    from workers.infer import batch_frames

    settings, analysis, cluster = load_settings(), load_analysis_settings(), cluster_of(kafka)
    worker = load_worker_settings().fitted(batch_frames(analysis.tiles), max_age)
    if ray:
        analysing = partial(by_replicas, ray, settings.data_dir, worker.in_flight)
    else:
        analysing = partial(here, networks(settings, analysis, detector), analysis)
    log_as_json(sys.stderr)
    run(cluster, analysing, worker, health_port, _greet)


@app.command()
def aggregate(
    kafka: KafkaOption = None,
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="The one that `worker infer` uses.")
    ] = "auto",
    health_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Health; 0 for any.")
    ] = AGGREGATE_PORT,
    redis: RedisOption = None,
) -> None:
    """Turn faces into timelines until Ctrl-C; each frame counts once, whatever dies.

    Example: moodtrace worker aggregate --kafka localhost:9092 --redis redis://localhost:6379/0
    """
    import sys

    from moodtrace.commands.networks import networks
    from moodtrace.commands.open_store import store_to_write
    from moodtrace.commands.worker_aggregate import run
    from moodtrace.logs import log_as_json
    from moodtrace.settings import load_analysis_settings, load_settings

    settings, analysis, cluster = load_settings(), load_analysis_settings(), cluster_of(kafka)
    identity = networks(settings, analysis, detector).identity(analysis)
    log_as_json(sys.stderr)
    with store_to_write(settings, redis) as store:
        run(cluster, store, identity, health_port, _greet, settings.retention_days)


def _greet(health_port: int) -> None:
    say(f"Health: http://127.0.0.1:{health_port}/metrics")
    say("Running. Ctrl-C ends it.")
