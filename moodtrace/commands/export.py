"""`moodtrace export`: a screening as a file."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import BaselineOption, RedisOption


def export(
    screening: Annotated[str, typer.Argument(metavar="SCREENING", help="The screening's id.")],
    format: Annotated[  # noqa: A002
        Literal["csv", "parquet", "json"], typer.Option(help="What to write.")
    ] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default, or -: stdout.")
    ] = None,
    baseline: BaselineOption = "none",
    redis: RedisOption = None,
) -> None:
    """Write a screening as a file.

    Example: moodtrace export spring-a --format csv -o a.csv
    """
    from moodtrace.baseline import corrected
    from moodtrace.commands.open_store import open_store
    from moodtrace.export import FORMATS, document
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        record, rows = store.screening(screening), store.rows(screening)
        ledger = store.ledger(screening)
    content = document(record, rows, ledger, corrected(record, rows, baseline))
    data = FORMATS[format](content)
    if output is None or output == Path("-"):
        sys.stdout.buffer.write(data)
    else:
        _write(output, data)
        say(f"Wrote {output} ({len(content['seconds'])} seconds).")


def _write(output: Path, data: bytes) -> None:
    from moodtrace.errors import CannotWriteError

    try:
        output.write_bytes(data)
    except OSError as error:
        raise CannotWriteError(
            f"the file can't be written: {error.strerror}",
            where=str(output),
            try_this="name a file in a folder that exists and that you may write, with -o",
        ) from error
