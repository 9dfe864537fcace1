"""`moodtrace models train`: teach a network from labelled faces."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moodtrace.commands.console import say
from moodtrace.commands.options import VocabularyOption
from moodtrace.commands.training import (
    ConfigOption,
    DataOption,
    DeviceOption,
    EpochsOption,
    NameArgument,
    WeightsOption,
    recipe_of,
    say_set,
)

if TYPE_CHECKING:
    from models.training.loop import Run
    from models.training.session import Plan


def train(
    name: NameArgument,
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Folder for checkpoint, weights, log and curves.")],
    config: ConfigOption = "best",
    weights: WeightsOption = None,
    vocabulary: VocabularyOption = "names",
    epochs: EpochsOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides every random draw.")] = 0,
    device: DeviceOption = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from OUT's checkpoint.")] = False,
) -> None:
    """Train a network, and keep the weights that do best on the validation split.

    Example: moodtrace models train moodtrace-emotion --data fer2013.npz --out runs/emotion
    """
    found = recipe_of(name, config, epochs)
    from models.training import loop
    from models.training.session import Plan
    from moodtrace.commands.progress import training_bar

    plan = Plan(
        network=name,
        recipe=found,
        data=data,
        vocabulary=vocabulary,
        weights=weights,
        seed=seed,
        device=device,
    )
    run = _prepared(plan, out, resume=resume)
    with training_bar(found.epochs) as told:
        loop.train(run, out, resume=resume, told=told)
    say(f"{name}: {run.best.text()}; weights in {out}")


def _prepared(plan: "Plan", out: Path, *, resume: bool) -> "Run":
    """Open the data, say what it holds, and build the network."""
    from models.training.loop import CHECKPOINT
    from models.training.session import device_of, open_for, prepare
    from moodtrace.commands.progress import share_bar
    from moodtrace.errors import UsageError

    if not resume and (out / CHECKPOINT).exists():
        raise UsageError(
            "a run's checkpoint is already there",
            where=str(out / CHECKPOINT),
            try_this="go on with --resume, or name another folder with --out",
        )
    device_of(plan.device)
    with share_bar(plan.data.name) as told:
        dataset = open_for(plan, told)
    say_set(dataset)
    return prepare(plan, dataset)
