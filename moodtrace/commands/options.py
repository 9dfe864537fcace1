"""Options that several commands share; light, because `--help` imports it."""

from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]

RedisOption = Annotated[
    str | None,
    typer.Option(
        "--redis",
        metavar="URL",
        help="An outside server; without it MOODTRACE_REDIS_URL, else the embedded one.",
    ),
]
