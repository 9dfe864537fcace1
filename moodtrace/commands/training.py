"""What the commands that train share: options, the recipe, and what is told of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from moodtrace.commands.console import say

if TYPE_CHECKING:
    from models.datasets.dataset import Dataset
    from models.training.recipe import Recipe

RECIPES: Final = "best|paper|short|more|FILE"
"""What `--config` may be."""
NameArgument = Annotated[str, typer.Argument(help="A network of the zoo, such as mini-xception.")]
DataOption = Annotated[
    Path, typer.Option(metavar="FILE", help="An npz file, fer2013.csv, or a folder of pictures.")
]
ConfigOption = Annotated[
    str,
    typer.Option(metavar=RECIPES, help="The recipe, or a YAML file of one."),
]
WeightsOption = Annotated[
    Path | None, typer.Option(help="Safetensors of the same network to start from.")
]
EpochsOption = Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")]
DeviceOption = Annotated[str, typer.Option(help="cpu, cuda, or auto.")]


def recipe_of(name: str, config: str, epochs: int | None = None) -> "Recipe":
    """Read a network's recipe.

    Raises:
        ConfigurationError: the torch extra is missing, or there is no such network or recipe.
    """
    from moodtrace.torch_extra import torch_extra

    with torch_extra("training"):
        from models.training import recipe
        from models.zoo import catalogue
    entry = catalogue.find(name)
    found = recipe.with_epochs(recipe.load(name, config), epochs)
    return recipe.for_input(found, entry.size_px, entry.channels)


def say_set(dataset: "Dataset") -> None:
    """Tell a person how much there is to learn from, and what was skipped."""
    counts = len(dataset.rows(0)), len(dataset.rows(1))
    say(f"{dataset.name}: {counts[0]:,} to learn from, {counts[1]:,} to check")
    if dataset.leaks:
        say(f"{dataset.leaks:,} left out: they, or near copies, stand in another split too")
    for corrupt in dataset.corrupt:
        say(f"corrupt, skipped: {corrupt}")
