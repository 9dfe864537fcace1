"""`moodtrace models train`: teach a network from labelled faces."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moodtrace.commands.console import say

if TYPE_CHECKING:
    from models.training.loop import Run
    from models.training.session import Plan


def train(
    name: Annotated[str, typer.Argument(help="A network of the zoo, such as mini-xception.")],
    data: Annotated[Path, typer.Option(help="An npz file, fer2013.csv, or a folder of pictures.")],
    out: Annotated[Path, typer.Option(help="Folder for checkpoint, weights, log and curves.")],
    config: Annotated[
        str,
        typer.Option(metavar="best|paper|short|FILE", help="The recipe, or a YAML file of one."),
    ] = "best",
    weights: Annotated[
        Path | None, typer.Option(help="Safetensors of the same network to start from.")
    ] = None,
    vocabulary: Annotated[
        str, typer.Option(help="What numbered folders mean: names, ck+ or raf-db.")
    ] = "names",
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random draw.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUT's checkpoint.")] = False,
) -> None:
    """Train a network, and keep the weights that do best on the validation split.

    Example: moodtrace models train moodtrace-emotion --data fer2013.npz --out runs/emotion
    """
    plan = _plan(name, data, config, epochs, weights, vocabulary, seed, device)
    run = _prepared(name, plan, out, resume=resume)
    _train(run, out, resume=resume)
    best = run.epochs[run.best_epoch - 1]
    figure = f"mean error {best.mean_error:.2f} years" if run.train.is_age else _figures(run)
    say(f"{name}: {figure} on the validation split in epoch {best.epoch}; weights in {out}")


def _plan(
    name: str,
    data: Path,
    config: str,
    epochs: int | None,
    weights: Path | None,
    vocabulary: str,
    seed: int,
    device: str,
) -> "Plan":
    """Read the recipe; says which extra is missing if one is."""
    from moodtrace.errors import ConfigurationError

    try:
        from models.training import recipe
        from models.training.session import Plan
        from models.zoo import catalogue
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"training needs {error.name}, which is not installed",
            where="package moodtrace",
            try_this='pip install "moodtrace[torch]"',
        ) from error
    entry = catalogue.find(name)
    found = recipe.with_epochs(recipe.load(name, config), epochs)
    found = recipe.for_input(found, entry.size_px, entry.channels)
    return Plan(
        recipe=found, data=data, vocabulary=vocabulary, weights=weights, seed=seed, device=device
    )


def _prepared(name: str, plan: "Plan", out: Path, *, resume: bool) -> "Run":
    """Open the data, say what it holds, and build the network."""
    from models.training.loop import CHECKPOINT
    from models.training.session import device_of, open_for, prepare
    from models.zoo import catalogue
    from moodtrace.errors import UsageError

    if not resume and (out / CHECKPOINT).exists():
        raise UsageError(
            "a run's checkpoint is already there",
            where=str(out / CHECKPOINT),
            try_this="go on with --resume, or name another folder with --out",
        )
    device_of(plan.device)
    dataset = open_for(plan)
    say(
        f"{dataset.name}: {len(dataset.rows(0)):,} to learn from, {len(dataset.rows(1)):,} to check"
    )
    if dataset.leaks:
        say(f"{dataset.leaks:,} left out: they, or near copies, stand in another split too")
    for corrupt in dataset.corrupt:
        say(f"corrupt, skipped: {corrupt}")
    options = plan.recipe.options
    return prepare(plan, dataset, lambda n: catalogue.build(name, classes=n, options=options))


def _train(run: "Run", out: Path, *, resume: bool) -> None:
    """Run the epochs under a progress bar."""
    from models.training.loop import train
    from moodtrace.commands.progress import training_bar

    with training_bar(run.recipe.epochs) as told:
        train(run, out, resume=resume, told=told)


def _figures(run: "Run") -> str:
    best = run.epochs[run.best_epoch - 1]
    return f"accuracy {best.accuracy:.2%}, macro F1 {best.macro_f1:.3f}"
