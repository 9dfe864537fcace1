"""`moodtrace models ablate`: train every combination of some settings, and compare them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moodtrace.commands.console import print_json, print_page, say
from moodtrace.commands.options import JsonOption, VocabularyOption
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
    from models.training.grid import Trial
    from models.training.loop import Told
    from models.training.outcomes import Results
    from models.training.recipe import Recipe
    from models.training.session import Plan


def ablate(
    name: NameArgument,
    data: DataOption,
    out: Annotated[
        Path, typer.Option(help="Folder for the results, and for a folder of each run.")
    ],
    grid: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML: keys of the recipe, and lists of values."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=V1,V2", help="The same in one word; may be given often."),
    ] = None,
    config: ConfigOption = "best",
    weights: WeightsOption = None,
    vocabulary: VocabularyOption = "names",
    epochs: EpochsOption = None,
    seeds: Annotated[
        int, typer.Option(min=1, help="Train each combination so often, with seeds 0, 1, …")
    ] = 1,
    device: DeviceOption = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Train what OUT still lacks.")] = False,
    json: JsonOption = False,
) -> None:
    """Train every combination of some settings of a recipe, and compare the results.

    Example: moodtrace models ablate edgecnn --data faces.npz --vary rate=0.1,0.01 --out runs/rates
    """
    base = recipe_of(name, config, epochs)
    from models.training import outcomes
    from models.training.ablation import unfinished
    from models.training.session import Plan

    trials = _trials(base, grid, vary or [], seeds)
    results = _results(name, data, out, resume=resume)
    plan = Plan(
        network=name,
        recipe=base,
        data=data,
        vocabulary=vocabulary,
        weights=weights,
        device=device,
    )
    todo = unfinished(trials, results, out)
    planned = len({trial.name for trial in trials} | {run.name for run in results.runs})
    if todo:
        _train(todo, plan, results, out, planned)
    if json:
        print_json(outcomes.document(results))
    else:
        print_page(outcomes.page(results, planned))
    _require_one_done(trials, results, out)


def _trials(base: "Recipe", grid: Path | None, vary: list[str], seeds: int) -> list["Trial"]:
    """Read the grid; there must be something to compare."""
    from models.training.grid import axis_of, joined, read_axes, trials
    from moodtrace.errors import UsageError

    from_file = read_axes(grid).items() if grid else []
    found = trials(base, joined([*from_file, *map(axis_of, vary)]), range(seeds))
    if len(found) < 2:
        raise UsageError(
            "there is nothing to compare: the grid has one run",
            where="--grid, --vary or --seeds",
            try_this="give values, as in --vary rate=0.1,0.01, or train with `models train`",
        )
    return found


def _results(name: str, data: Path, out: Path, *, resume: bool) -> "Results":
    """Return what has been found in a folder so far."""
    from models.training.outcomes import RESULTS, Results, read
    from moodtrace.errors import ConfigurationError, UsageError

    path = out / RESULTS
    if not path.exists():
        return Results(network=name, data=data.name)
    if not resume:
        raise UsageError(
            "a grid's results are already there",
            where=str(path),
            try_this="go on with --resume, or name another folder with --out",
        )
    found = read(path)
    if (found.network, found.data) != (name, data.name):
        raise ConfigurationError(
            f"the results there are of {found.network} on {found.data}",
            where=str(path),
            try_this="name another folder with --out",
        )
    return found


def _train(todo: list["Trial"], plan: "Plan", results: "Results", out: Path, planned: int) -> None:
    """Check all runs, then train one after the other; the results are written after each."""
    from models.training import ablation, outcomes
    from models.training.session import decoded_for, open_set
    from moodtrace.commands.progress import share_bar, training_bar

    dataset = open_set(plan)
    ablation.require_trainable(todo, plan, dataset)
    outcomes.write(out, results, planned)
    begun, epochs = 0, sum(trial.recipe.epochs for trial in todo)
    for group in ablation.alike(todo):
        with share_bar(dataset.name) as share:
            decoded = decoded_for(dataset, group[0].recipe, share)
        say_set(decoded)
        for trial in group:
            with training_bar(epochs) as told:
                told(begun, "getting ready")
                found = ablation.outcome(trial, plan, decoded, out, _after(begun, told))
            begun += trial.recipe.epochs
            results.add(found)
            outcomes.write(out, results, planned)
            say(f"{len(results.runs)} of {planned}: {found.text()}")


def _after(begun: int, told: "Told") -> "Told":
    """Count epochs on from those of the runs before."""
    return lambda done, text: told(begun + done, text)


def _require_one_done(trials: list["Trial"], results: "Results", out: Path) -> None:
    """End in an error if there is nothing to compare."""
    from models.training.outcomes import TABLE
    from moodtrace.errors import TrainingError

    names = {trial.name for trial in trials}
    reasons = [run.failed for run in results.runs if run.name in names]
    if all(reasons):
        raise TrainingError(
            f"all {len(reasons)} runs failed: {reasons[0]}",
            where=str(out / TABLE),
            try_this="change what all runs have in common, then go on in another folder",
        )
