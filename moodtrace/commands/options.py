"""Options that several commands share; light, because `--help` imports it."""

from typing import Annotated

import typer

from moodtrace.labels import Baseline

DetectorOption = Annotated[
    str, typer.Option(metavar="NAME", help="auto, or an id from `moodtrace models list`.")
]

FpsOption = Annotated[float, typer.Option(min=0.1, max=60, help="Frames analysed a second.")]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]

VocabularyOption = Annotated[
    str,
    typer.Option(
        metavar="names|ck+|raf-db",
        help="What numbered folders mean: FER2013's ids, CK+'s or RAF-DB's.",
    ),
]

BaselineOption = Annotated[
    Baseline,
    typer.Option(
        help="What each viewer's face shows at rest, and is taken off: its first five seconds, or "
        "the median of all.",
    ),
]

RedisOption = Annotated[
    str | None,
    typer.Option(
        "--redis",
        metavar="URL",
        help="An outside server; without it MOODTRACE_REDIS_URL, else the embedded one.",
    ),
]
