"""`moodtrace screening`: list, show and delete screenings; live ones are `screening_live`'s."""

import sys
from typing import Annotated, Any

import typer

from moodtrace.commands import screening_live
from moodtrace.commands.console import counted, print_json, say, table_console
from moodtrace.commands.kafka_option import KafkaOption, cluster_if_any
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

    settings = load_settings()
    with open_store(settings, redis) as store:
        entries = [
            _entry(record, store.next_second(record.id), settings.retention_days)
            for record in store.screenings()
        ]
    if json:
        print_json(entries)
        return
    if not entries:
        say("No screenings yet. Make one: moodtrace demo, or moodtrace replay FILE --screening ID")
        return
    table = Table(*(name.replace("_", " ") for name in entries[0]), box=None)
    for entry in entries:
        table.add_row(*map(_cell, entry.values()))
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
    from moodtrace.deletion import delete as remove
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        if not yes:
            _confirm(f"Delete screening {id!r} and all its rows?", f"screening {id!r}")
        remove(store, id, cluster_if_any(kafka))
    say(f"Deleted screening {id!r}.")


@app.command()
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    redis: RedisOption = None,
    kafka: KafkaOption = None,
) -> None:
    """Delete the screenings that were kept as long as MOODTRACE_RETENTION_DAYS says.

    `moodtrace up` and `moodtrace worker aggregate` do so by themselves, every hour.

    Example: MOODTRACE_RETENTION_DAYS=90 moodtrace screening purge --yes
    """
    from moodtrace.clock import utc_now
    from moodtrace.commands.open_store import open_store
    from moodtrace.deletion import purge as purge_due
    from moodtrace.errors import ConfigurationError
    from moodtrace.retention import due
    from moodtrace.settings import load_settings

    settings, now = load_settings(), utc_now()
    days = settings.retention_days
    if days is None:
        raise ConfigurationError(
            "it is not said how long timelines are kept, so none is too old",
            where="environment variable MOODTRACE_RETENTION_DAYS",
            try_this="set it to a number of days",
        )
    with open_store(settings, redis) as store:
        old = due(store.started_at(), days, now)
        if old and not yes:
            _confirm(f"Delete {counted(len(old), 'screening')}: {', '.join(old)}?", "purge")
        gone = purge_due(store, days, now, cluster_if_any(kafka))
    say(f"Deleted {counted(len(gone), 'screening')} of more than {counted(days, 'day')}.")


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "never" if value is None else str(value)


def _confirm(question: str, where: str) -> None:
    """Ask before something is deleted.

    Raises:
        UsageError: there is nobody to ask.
    """
    from moodtrace.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(
            "deleting wants a yes, and there is no terminal to ask on",
            where=where,
            try_this="add --yes",
        )
    typer.confirm(question, abort=True, err=True)


def _entry(record: Any, seconds: int, days: int | None) -> dict[str, Any]:
    from moodtrace.retention import deleted_at

    ends_at = deleted_at(record.run.started_at, days)
    return {
        "id": record.id,
        "state": record.state,
        "content": record.content,
        "audience": record.audience,
        "cameras": list(record.cameras),
        "seconds": seconds,
        "started_at": record.run.started_at.isoformat(),
        "deleted_at": ends_at and ends_at.isoformat(),
    }
