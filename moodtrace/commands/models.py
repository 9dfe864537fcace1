"""`moodtrace models`: what networks there are, and their weights."""

from typing import Annotated

import typer

from moodtrace.commands import (
    models_ablate,
    models_bench,
    models_data,
    models_evaluate,
    models_export,
    models_train,
)
from moodtrace.commands.console import print_json, say, table_console
from moodtrace.commands.options import JsonOption

app = typer.Typer(help="Networks and their weights.", no_args_is_help=True)
app.command()(models_evaluate.evaluate)
app.command()(models_bench.bench)
app.command()(models_data.data)
app.command()(models_train.train)
app.command()(models_ablate.ablate)
app.command()(models_export.export)


@app.command("list")
def list_(json: JsonOption = False) -> None:
    """List all models, their licences and uses.

    Example: moodtrace models list --json
    """
    from dataclasses import asdict

    from rich.table import Table

    from models.registry import CARDS
    from models.weights import is_present
    from moodtrace.commands.weights_folders import weights_folders

    folders = weights_folders()
    entries = [
        asdict(card) | {"file": card.file, "present": is_present(card, folders)}
        for card in CARDS.values()
    ]
    if json:
        print_json(entries)
        return
    table = Table("id", "kind", "parameters", "use", "weights", box=None)
    for card, entry in zip(CARDS.values(), entries, strict=True):
        here = "here" if entry["present"] else "moodtrace models pull"
        table.add_row(card.id, card.kind, f"{card.parameters:,}", card.use, here)
    table_console().print(table)


@app.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Default: all that can be run here."),
    ] = None,
) -> None:
    """Fetch weights, check them and make them ready.

    Example: moodtrace models pull yunet
    """
    from models.registry import CARDS
    from models.weights import pull as pull_one
    from moodtrace.commands.console import show
    from moodtrace.commands.progress import download_bar
    from moodtrace.commands.runnable import cards_that_run_here
    from moodtrace.commands.weights_folders import weights_folders
    from moodtrace.errors import MoodtraceError, UsageError

    unknown = sorted(set(names or ()) - CARDS.keys())
    if unknown:
        raise UsageError(
            "there is no such model",
            where=", ".join(unknown),
            try_this=f"name one of {', '.join(CARDS)}",
        )
    failures: list[MoodtraceError] = []
    for card in [CARDS[name] for name in names] if names else cards_that_run_here():
        try:
            with download_bar(card.id) as progress:
                path = pull_one(card, weights_folders(), progress)
            say(f"{card.id}: {path}")
        except MoodtraceError as error:
            show(error)
            failures.append(error)
    if failures:
        raise typer.Exit(failures[0].exit_code)
