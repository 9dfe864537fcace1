"""`moodtrace screening`: list, show and delete screenings; live ones are `screening_live`'s."""

import sys
from typing import Annotated, Any

import typer

from moodtrace.commands import screening_live
from moodtrace.commands.console import print_json, say, table_console
from moodtrace.commands.kafka_option import KafkaOption, cluster_of
from moodtrace.commands.options import JsonOption, RedisOption

app = typer.Typer(help="Start, stop, list, show and delete screenings.", no_args_is_help=True)
for command in (
    screening_live.start,
    screening_live.stop,
    screening_live.play,
    screening_live.pause,
    screening_live.seek,
):
    app.command()(command)

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The screening's id.")]


@app.command("list")
def list_(json: JsonOption = False, redis: RedisOption = None) -> None:
    """List all screenings, newest first.

    Example: moodtrace screening list --json
    """
    from rich.table import Table

    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        entries = [_entry(record, store.next_second(record.id)) for record in store.screenings()]
    if json:
        print_json(entries)
        return
    if not entries:
        say("No screenings yet. Make one: moodtrace demo, or moodtrace replay FILE --screening ID")
        return
    table = Table(*(name.replace("_", " ") for name in entries[0]), box=None)
    for entry in entries:
        table.add_row(*(", ".join(v) if isinstance(v, list) else str(v) for v in entry.values()))
    table_console().print(table)


@app.command()
def show(id: IdArgument, json: JsonOption = False, redis: RedisOption = None) -> None:  # noqa: A002
    """Show what a screening was and found.

    Example: moodtrace screening show spring-a
    """
    from moodtrace.commands.open_store import open_store
    from moodtrace.commands.summary import print_summary, summary
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        content = summary(store.screening(id), store.rows(id), store.ledger(id))
    if json:
        print_json(content)
    else:
        print_summary(content)


@app.command()
def delete(
    id: IdArgument,  # noqa: A002
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    redis: RedisOption = None,
    kafka: KafkaOption = None,
) -> None:
    """Delete a screening and all its rows; where Kafka is used, `rebuild` won't restore it.

    Example: moodtrace screening delete spring-a --yes
    """
    from moodtrace.commands.open_store import open_store
    from moodtrace.errors import UsageError
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        if not yes and not sys.stdin.isatty():
            raise UsageError(
                "deleting wants a yes, and there is no terminal to ask on",
                where=f"screening {id!r}",
                try_this="add --yes",
            )
        if not yes:
            typer.confirm(f"Delete screening {id!r} and all its rows?", abort=True, err=True)
        if kafka or load_settings().kafka:
            from moodtrace.commands.from_log import note_deleted

            note_deleted(cluster_of(kafka), id)
        store.delete(id)
    say(f"Deleted screening {id!r}.")


def _entry(record: Any, seconds: int) -> dict[str, Any]:
    return {
        "id": record.id,
        "state": record.state,
        "content": record.content,
        "audience": record.audience,
        "cameras": list(record.cameras),
        "seconds": seconds,
        "started_at": record.run.started_at.isoformat(),
    }
