"""`moodtrace models data`: what a set holds, and what is wrong with it, before any training."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import print_json
from moodtrace.commands.options import JsonOption, VocabularyOption


def data(
    file: Annotated[
        Path, typer.Argument(help="An npz file, fer2013.csv, or a folder of pictures.")
    ],
    vocabulary: VocabularyOption = "names",
    json: JsonOption = False,
) -> None:
    """Say what a set of labelled faces holds: classes, sizes, repeats, corrupt pictures.

    Example: moodtrace models data fer2013.npz
    """
    from models.datasets.reading import open_dataset
    from models.datasets.report import report
    from moodtrace.commands.progress import share_bar

    with share_bar(file.name) as told:
        found = report(open_dataset(file, vocabulary=vocabulary), told)
    if json:
        print_json(found)
    else:
        typer.echo("\n".join(found.lines()))
