"""`moodtrace models export`: make the files that the product runs from out of a training run."""

from pathlib import Path
from typing import Annotated

import typer

from moodtrace.commands.console import say


def export(
    name: Annotated[str, typer.Argument(help="moodtrace-emotion or moodtrace-age.")],
    data: Annotated[
        Path, typer.Option(help="The set whose validation split calibrates the scores.")
    ],
    weights: Annotated[Path, typer.Option(help="best.safetensors of a run.")],
    out: Annotated[Path, typer.Option(help="Folder for the safetensors and the ONNX file.")],
    config: Annotated[str, typer.Option(metavar="best|short|FILE", help="Of the run.")] = "best",
    int8: Annotated[
        bool, typer.Option("--int8", help="Write a smaller, faster variant in 8 bits too.")
    ] = False,
) -> None:
    """Calibrate a trained network of our own and write it as safetensors and ONNX.

    Example: moodtrace models export moodtrace-age --data age.npz --weights best.safetensors --out .
    """
    from models.training import recipe
    from models.training.batches import Examples
    from models.training.export import export as export_files
    from models.training.int8 import write_int8
    from models.training.session import Plan, device_of, open_for
    from models.zoo import catalogue
    from moodtrace.fetch import sha256_of

    entry = catalogue.find(name)
    found = recipe.for_input(recipe.load(name, config), entry.size_px, entry.channels)
    dataset = open_for(Plan(network=name, recipe=found, data=data))
    training, validation = (Examples(dataset, split, found, device_of("cpu")) for split in (0, 1))
    paths = export_files(name, weights, validation, out)
    for path in [*paths, write_int8(paths[1], training)] if int8 else paths:
        say(f"{path}: {path.stat().st_size:,} bytes, sha256 {sha256_of(path)}")
