"""The option that gives a screening its content, and what becomes of the file."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

MediaOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="What was shown, to be played beside its trace: mp4 or webm. A copy is kept.",
    ),
]


def kept(path: Path | None, folder: Path) -> str:
    """Keep the content for the page; returns its name, empty without one.

    Raises:
        UsageError: Browsers don't play it, or another content has its name.
        CannotWriteError: It can't be copied.
    """
    if path is None:
        return ""
    from ingest.stimulus import check_played
    from moodtrace.stimuli import keep

    check_played(path)
    return keep(path, folder)
