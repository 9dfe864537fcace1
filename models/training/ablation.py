"""What the runs of a grid need from torch: checks before the first, and each run's outcome."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from models.datasets.dataset import Dataset
from models.training import checkpoint
from models.training.grid import Trial
from models.training.loop import CHECKPOINT, Run, Told, require_fit, require_same_run, train
from models.training.outcomes import Outcome, Results, figures_of
from models.training.session import Plan, classed, prepare
from moodtrace.errors import ConfigurationError, TrainingError


def require_trainable(trials: Sequence[Trial], plan: Plan, dataset: Dataset) -> None:
    """Build every network of a grid once, and refuse what can be known to fail.

    Args:
        trials: of the grid; of those that differ only by seed the first counts.
        plan: the rest of what a person asked for.
        dataset: no picture of it is decoded.

    Raises:
        ConfigurationError: a network can't be built, or does not fit.
        DatasetError: the set lacks what a recipe needs.
    """
    for trial in trials:
        if trial.seed == trials[0].seed:
            require_fit(_run(trial, plan, classed(dataset, trial.recipe)))


def unfinished(trials: Sequence[Trial], results: Results, out: Path) -> list[Trial]:
    """Return the trials that are still to be trained: new, cut off, or failed.

    Raises:
        ConfigurationError: a trial has been trained with another recipe in this folder.
    """
    ended = {run.name: run for run in results.runs}
    todo = [trial for trial in trials if trial.name not in ended or ended[trial.name].failed]
    for trial in trials:
        path = out / trial.name / CHECKPOINT
        if trial in todo and path.exists():
            require_same_run(checkpoint.read(path), trial.recipe, trial.seed, path)
        elif trial not in todo and ended[trial.name].recipe != trial.recipe:
            raise ConfigurationError(
                "this run was made with another recipe",
                where=str(path.parent),
                try_this="resume with the same options as before, or start again elsewhere",
            )
    return todo


def alike(trials: Sequence[Trial]) -> list[list[Trial]]:
    """Put trials together that see the same pictures, decoded once for all."""

    def pictures(trial: Trial) -> tuple[int, str, str]:
        return trial.recipe.size_px, trial.recipe.colours, trial.recipe.leaks

    return [list(group) for _, group in groupby(sorted(trials, key=pictures), pictures)]


def outcome(trial: Trial, plan: Plan, dataset: Dataset, out: Path, told: Told) -> Outcome:
    """Train, or go on from the checkpoint in the trial's folder.

    Args:
        trial: of a grid.
        plan: the rest of what a person asked for.
        dataset: decoded as the trial's recipe asks for, its classes as they came.
        out: the trial has a folder in it, which then holds what `train` leaves.
        told: hears how far the run is.

    Returns:
        The figures, or why the run failed.

    Raises:
        CannotWriteError: the disk is full.
        DatasetError: a class has only corrupt pictures.
    """
    folder, failed, figures = out / trial.name, "", dict[str, float]()
    run = _run(trial, plan, classed(dataset, trial.recipe))
    try:
        train(run, folder, resume=(folder / CHECKPOINT).exists(), told=told)
        figures = figures_of(run.epochs, run.best)
    except TrainingError as error:
        failed = f"{error.what} ({error.where})"
    return Outcome(
        name=trial.name,
        settings=dict(trial.settings),
        seed=trial.seed,
        figures=figures,
        failed=failed,
        recipe=trial.recipe,
    )


def _run(trial: Trial, plan: Plan, dataset: Dataset) -> Run:
    return prepare(replace(plan, recipe=trial.recipe, seed=trial.seed), dataset)
