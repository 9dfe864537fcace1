"""`moodtrace serve`: replicas of the networks, for workers on this machine or many."""

from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import DetectorOption

HEALTH_PORT = 9104


def serve(
    replicas: Annotated[int, typer.Option(min=1, help="Copies of the networks.")] = 1,
    max_replicas: Annotated[
        int | None, typer.Option(min=1, help="Grow to so many while frames wait for long.")
    ] = None,
    gpus: Annotated[
        float, typer.Option(min=0, metavar="F", help="Share of a GPU that each copy runs on.")
    ] = 0.0,
    detector: DetectorOption = "auto",
    shadow: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Emotion network that sees the same faces and changes nothing."
        ),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="A Ray cluster to join; else one is started here."),
    ] = None,
    health_port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any.")] = HEALTH_PORT,
    print_yaml: Annotated[
        bool, typer.Option("--print-yaml", help="Print a serve.yaml with these options, and end.")
    ] = False,
) -> None:
    """Run the networks for workers that infer, until Ctrl-C.

    Example: moodtrace serve --replicas 2
    """
    import sys

    from moodtrace.commands.networks import networks
    from moodtrace.extras import extra
    from moodtrace.logs import log_as_json
    from moodtrace.settings import load_analysis_settings, load_settings
    from workers.serve_options import ServeOptions

    settings = load_settings()
    chosen = networks(settings, load_analysis_settings().with_gpu(gpus), detector)
    options = ServeOptions(
        detector=chosen.detector.card.id,
        shadow=shadow,
        replicas=replicas,
        max_replicas=max_replicas,
        gpus=gpus,
    )
    if print_yaml:
        sys.stdout.write(options.serve_yaml())
        return
    with extra("stream", "serving"):
        from moodtrace.commands.serve_run import run
    log_as_json(sys.stderr)
    run(options, address, settings.data_dir, health_port, _greet)


def _greet(health_port: int, address: str) -> None:
    say(f"Health: http://127.0.0.1:{health_port}/metrics")
    say(f"Cluster: {address}")
    say("Running. Ctrl-C ends it.")
