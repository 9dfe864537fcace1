"""`moodtrace verify` and `moodtrace rebuild`: rows made anew out of their faces on Kafka."""

from typing import Annotated

import typer

from moodtrace.commands.console import counted, print_json, say
from moodtrace.commands.kafka_option import KafkaOption, cluster_of
from moodtrace.commands.options import JsonOption, RedisOption

SHOWN = 10
"""Seconds that are named to a person."""


def verify(
    id: Annotated[str, typer.Argument(metavar="ID", help="The screening's id.")],  # noqa: A002
    json: JsonOption = False,
    kafka: KafkaOption = None,
    redis: RedisOption = None,
) -> None:
    """Compare the rows of a screening with those that its faces on Kafka give.

    Ends with 65 if they differ.  Example: moodtrace verify spring-a --kafka localhost:9092
    """
    from moodtrace.clock import playhead
    from moodtrace.commands.from_log import compared
    from moodtrace.commands.open_store import open_store
    from moodtrace.errors import ExitCode
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        found = compared(store, cluster_of(kafka), id)
    wrong = found.differing or found.rollups
    if json:
        print_json({"id": id, "equal": not wrong, **found._asdict()})
    elif not wrong:
        typer.echo(f"{id}: {counted(found.rows, 'row')} as their faces say, {found.stored_sha256}")
    else:
        named = ", ".join(playhead(second) for second in wrong[:SHOWN])
        more = ", …" if len(wrong) > SHOWN else ""
        kind = "second" if found.differing else "bucket"
        typer.echo(f"{id}: {counted(len(wrong), kind)} differ: {named}{more}")
        if found.late:
            say(f"{counted(found.late, 'frame')} came late: the rows were closed without.")
        say(f"Write it anew: moodtrace rebuild {id} --replace")
    if wrong:
        raise SystemExit(ExitCode.BAD_DATA)


def rebuild(
    id: Annotated[  # noqa: A002
        str | None, typer.Argument(metavar="[ID]", help="The screening's id.")
    ] = None,
    all: Annotated[  # noqa: A002
        bool, typer.Option("--all", help="Every one that Kafka has and the store lacks.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Overwrite one that is in the store.")
    ] = False,
    kafka: KafkaOption = None,
    redis: RedisOption = None,
) -> None:
    """Restore screenings that the store lost, out of what lies on Kafka.

    Example: moodtrace rebuild --all --kafka localhost:9092 --redis redis://localhost:6379/0
    """
    from moodtrace.commands.from_log import on_kafka, restore
    from moodtrace.commands.open_store import open_store
    from moodtrace.errors import NothingOnKafkaError, UsageError
    from moodtrace.settings import load_settings

    if (id is None) != all or (all and replace):
        raise UsageError(
            "either one screening is restored, or all that are lost",
            where="ID, --all and --replace",
            try_this="name an ID, or give --all alone",
        )
    with open_store(load_settings(), redis) as store:
        found = on_kafka(cluster_of(kafka), None if id is None else [id])
        if id is not None and id not in found:
            raise NothingOnKafkaError(id)
        for name, log in found.items():
            if all and store.find(name):
                continue
            record = restore(store, name, log, replaces=replace)
            seconds = counted(store.next_second(name), "second")
            typer.echo(f"{name}: {seconds}, {record.state}")
