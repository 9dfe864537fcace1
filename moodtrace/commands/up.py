"""`moodtrace up`: cameras, analysis and the page on this machine, without a server to start."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.dashboard import DEFAULT_PORT, PortOption
from moodtrace.commands.options import DetectorOption, RedisOption

HEALTH_PORT = 9101


def up(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Cameras as YAML; followed as it changes.")
    ] = None,
    detector: DetectorOption = "auto",
    page: Annotated[bool, typer.Option("--dashboard/--no-dashboard", help="Show the page.")] = True,
    port: PortOption = DEFAULT_PORT,
    health_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Health and controls; 0 for any.")
    ] = HEALTH_PORT,
    redis: RedisOption = None,
) -> None:
    """Run everything on this machine until Ctrl-C.

    Example: moodtrace up --config moodtrace.yaml
    """
    import sys
    from contextlib import ExitStack

    from moodtrace.commands.dashboard import check_free, shown_page
    from moodtrace.commands.kafka_option import cluster_if_any
    from moodtrace.commands.live_job import job_maker
    from moodtrace.commands.networks import networks
    from moodtrace.commands.open_store import store_to_write, store_url
    from moodtrace.commands.up_run import Live, run
    from moodtrace.logs import log_as_json
    from moodtrace.settings import load_analysis_settings, load_settings
    from moodtrace.store_client import BRIEF

    settings, analysis = load_settings(), load_analysis_settings()
    if page:
        check_free(port)
    chosen = networks(settings, analysis, detector)
    log_as_json(sys.stderr)
    with ExitStack() as stack:
        url = stack.enter_context(store_url(settings, redis))
        store = stack.enter_context(store_to_write(settings, url, BRIEF))
        live = Live(
            store=store,
            job_of=job_maker(settings, analysis, "raw"),
            analyzer=chosen.analyzer(analysis),
            identity=chosen.identity(analysis),
            config=config,
            retention_days=settings.retention_days,
            cluster=cluster_if_any(None),
        )
        if page:
            stack.enter_context(shown_page(url, port))
        cameras = len(store.cameras.all())
        run(live, settings.data_dir, health_port, lambda port: _greet(port, cameras, config))


def _greet(health_port: int, cameras: int, config: Path | None) -> None:
    say(f"Health: http://127.0.0.1:{health_port}/metrics")
    if cameras or config:
        say("Begin a screening: moodtrace screening start --content ID --audience ID")
    else:
        say("Add a camera: moodtrace camera add NAME rtsp://HOST/PATH --audience ID")
    say("Running. Ctrl-C ends it.")
