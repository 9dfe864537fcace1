"""The command line's root: its commands are in this folder, one module each.

Modules of commands import what is heavy inside their functions, so that `--help` is quick.
"""

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from moodtrace.commands import (
    annotate,
    camera,
    config,
    dashboard,
    demo,
    doctor,
    export,
    ingest,
    metrics,
    models,
    replay,
    screening,
    serve,
    topics,
    up,
    verify,
    worker,
)
from moodtrace.commands.console import reported_errors

app = typer.Typer(
    name="moodtrace",
    help="What an audience shows on its faces, second by second, while it watches an ad.",
    epilog="Start here:  moodtrace demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(replay.replay)
app.command()(up.up)
app.command()(ingest.ingest)
app.command()(serve.serve)
app.add_typer(worker.app, name="worker")
app.command()(topics.topics)
app.add_typer(camera.app, name="camera")
app.add_typer(screening.app, name="screening")
app.command()(export.export)
app.command()(verify.verify)
app.command()(verify.rebuild)
app.command()(metrics.metrics)
app.command()(annotate.annotate)
app.command()(dashboard.dashboard)
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.command()(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"moodtrace {version('moodtrace')}")
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options before the command."""


def _terminated(number: int, frame: FrameType | None) -> None:
    """Leave as after any error, so that what was started is stopped; once is enough."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main() -> None:
    """Run the command line; errors become three lines and an exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    with reported_errors(debug="--debug" in sys.argv):
        app()
