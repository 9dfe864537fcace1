"""`moodtrace models export`: make the files that the product runs from out of a training run."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.training import RECIPES, recipe_of


def export(
    name: Annotated[str, typer.Argument(help="moodtrace-emotion or moodtrace-age.")],
    data: Annotated[
        Path, typer.Option(help="The set whose validation split calibrates the scores.")
    ],
    weights: Annotated[Path, typer.Option(help="best.safetensors of a run.")],
    out: Annotated[Path, typer.Option(help="Folder for the safetensors and the ONNX file.")],
    config: Annotated[str, typer.Option(metavar=RECIPES, help="Of the run.")] = "best",
    int8: Annotated[
        bool, typer.Option("--int8", help="Write a smaller, faster variant in 8 bits too.")
    ] = False,
) -> None:
    """Calibrate a trained network of our own and write it as safetensors and ONNX.

    Example: moodtrace models export moodtrace-age --data age.npz --weights best.safetensors --out .
    """
    found = recipe_of(name, config)
    from models.training.batches import Examples
    from models.training.export import export as export_files
    from models.training.int8 import write_int8
    from models.training.session import Plan, device_of, open_for
    from moodtrace.fetch import sha256_of

    dataset = open_for(Plan(network=name, recipe=found, data=data))
    paths = [*export_files(name, weights, Examples(dataset, 1, found, device_of("cpu")), out)]
    if int8:
        paths.append(write_int8(paths[1], Examples(dataset, 0, found, device_of("cpu"))))
    for path in paths:
        say(f"{path}: {path.stat().st_size:,} bytes, sha256 {sha256_of(path)}")
