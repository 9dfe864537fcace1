"""What is left to train of a grid, and which pictures its trials share."""

from pathlib import Path

import pytest

from models.training import checkpoint
from models.training.ablation import alike, unfinished
from models.training.grid import Trial, trials
from models.training.loop import CHECKPOINT
from models.training.outcomes import Outcome, Results
from models.training.recipe import Recipe, text_of
from moodtrace.errors import ConfigurationError

GRID = trials(Recipe(), {"rate": [0.1, 0.2, 0.3]}, [0])


def ended(trial: Trial, recipe: Recipe | None = None, failed: str = "") -> Outcome:
    return Outcome(
        name=trial.name,
        settings=dict(trial.settings),
        seed=trial.seed,
        failed=failed,
        recipe=recipe or trial.recipe,
    )


def results(*runs: Outcome) -> Results:
    return Results(network="edgecnn", data="made.npz", runs=list(runs))


def cut_off(trial: Trial, out: Path, recipe: Recipe) -> None:
    state = {"recipe": text_of(recipe), "seed": trial.seed}
    checkpoint.write(out / trial.name / CHECKPOINT, state)


def test_what_failed_or_was_cut_off_is_trained_again(tmp_path: Path) -> None:
    cut_off(GRID[2], tmp_path, GRID[2].recipe)
    found = results(ended(GRID[0]), ended(GRID[1], failed="memory is full"))

    assert unfinished(GRID, found, tmp_path) == GRID[1:]


def test_a_run_of_another_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="another recipe"):
        unfinished(GRID, results(ended(GRID[0], Recipe(epochs=7))), tmp_path)

    cut_off(GRID[1], tmp_path, Recipe(epochs=7))
    with pytest.raises(ConfigurationError, match="another recipe"):
        unfinished(GRID, results(), tmp_path)


def test_trials_that_see_the_same_pictures_follow_each_other() -> None:
    found = alike(trials(Recipe(), {"rate": [0.1, 0.2], "size_px": [48, 40]}, [0]))

    assert [
        [(one.settings["size_px"], one.settings["rate"]) for one in some] for some in found
    ] == [
        [(40, 0.1), (40, 0.2)],
        [(48, 0.1), (48, 0.2)],
    ]
