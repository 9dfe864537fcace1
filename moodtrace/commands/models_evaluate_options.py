"""Options of `moodtrace models evaluate`: which model, on which set, and what to report."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from moodtrace.commands.training import RECIPES

NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="An id of `moodtrace models list`; with --weights, a network of the zoo.",
    ),
]
DataOption = Annotated[
    Path, typer.Option(metavar="FILE", help="An npz file of faces and their labels or ages.")
]
SplitOption = Annotated[
    str | None, typer.Option(help="One of its splits, or several: public+private.")
]
WithoutOption = Annotated[
    list[str] | None,
    typer.Option(metavar="ARRAY", help="Leave out rows where this boolean array is true."),
]
LabelsOption = Annotated[
    Literal["own", "ferplus"],
    typer.Option(help="What is true: the set's labels, or the majority of its FER+ votes."),
]
FlipOption = Annotated[
    bool,
    typer.Option("--flip", help="Take the mean of each picture's scores and its mirror image's."),
]
WeightsOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Safetensors of a training run, before any export."),
]
ConfigOption = Annotated[str, typer.Option(metavar=RECIPES, help="The recipe of that run.")]
CalibrateSplitOption = Annotated[
    str | None,
    typer.Option(metavar="SPLIT", help="Fit the temperature here; else by five folds."),
]
AgainstOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A second set, labelled or not: report the drift."),
]
AgainstSplitOption = Annotated[str | None, typer.Option(metavar="SPLIT", help="Of --against.")]
PlotsOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write figures as PNG and the report there.")
]
