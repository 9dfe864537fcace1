"""`moodtrace models evaluate --weights`: a network of the zoo before any export."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch

from models.training.checkpoint import write_weights
from models.weights import COMMITTED
from models.zoo import catalogue
from moodtrace.labels import AGE_BANDS
from tests.conftest import Cli
from tests.models.labelled import labels, pictures, splits

RECIPE = "epochs: 2\nsize_px: 48\nbatch: 14\nrate: 0.01\nhalf: false\n"


def evaluated(cli: Cli, *words: str | Path) -> dict[str, Any]:
    done = cli("models", "evaluate", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A set whose labels 0 to 6 are seen by brightness."""
    path = tmp_path / "made.npz"
    np.savez(path, image=pictures(56), label=labels(56), usage=splits(56))
    return path


@pytest.fixture
def ages(tmp_path: Path) -> Path:
    """A set of ages from 3 to 90."""
    path = tmp_path / "ages.npz"
    np.savez(path, image=pictures(30), age=np.arange(3, 93, 3))
    return path


def fresh(folder: Path, name: str, classes: int | None = None) -> Path:
    """Weights of a network that has learnt nothing."""
    path = folder / f"{name}.safetensors"
    write_weights(path, catalogue.build(name, classes=classes))
    return path


def test_a_checkpoint_scores_what_its_run_said_on_the_runs_merged_classes(
    cli: Cli, made: Path, tmp_path: Path
) -> None:
    recipe, out = tmp_path / "six.yaml", tmp_path / "out"
    recipe.write_text(RECIPE + "grouping: six\n")
    given = ("edgecnn", "--data", made, "--config", recipe)
    trained = cli("models", "train", *given, "--out", out)
    assert trained.returncode == 0, trained.stderr

    found = evaluated(cli, *given, "--weights", out / "best.safetensors", "--split", "public")

    with (out / "log.csv").open() as file:
        best = max(float(row["accuracy"]) for row in csv.DictReader(file))
    assert found["accuracy"] == pytest.approx(best, abs=1e-6)
    assert found["n"] == 28
    assert list(found["per_class"]) == ["angry", "fear", "happy", "sad", "surprise", "neutral"]
    assert found["per_class"]["angry"]["support"] == 8


def test_classes_that_the_recipe_drops_are_left_out(cli: Cli, made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "without.yaml"
    recipe.write_text(RECIPE + "dropped: [sad]\n")
    weights = fresh(tmp_path, "edgecnn")

    found = evaluated(cli, "edgecnn", "--data", made, "--config", recipe, "--weights", weights)

    assert (found["n"], found["left_out"]) == (48, 8)
    assert found["per_class"]["sad"]["support"] == 0


def test_our_own_checkpoint_scores_as_the_file_that_was_exported_of_it(
    cli: Cli, faces: Path, tmp_path: Path
) -> None:
    exported = safetensors.torch.load_file(COMMITTED / "moodtrace-emotion.safetensors")
    assert exported["ferplus_share"] == 0  # so that the first head alone is what it says
    weights = tmp_path / "best.safetensors"
    network = catalogue.build("moodtrace-emotion")
    network.load_state_dict(
        {name.removeprefix("network."): value for name, value in exported.items() if "." in name}
    )
    write_weights(weights, network)

    ours = evaluated(cli, "moodtrace-emotion", "--data", faces, "--weights", weights)
    card = evaluated(cli, "moodtrace-emotion-2", "--data", faces)

    assert (ours["model"], ours["weights"]) == ("moodtrace-emotion", str(weights))
    assert ours["confusion"] == card["confusion"]
    assert ours["accuracy"] > 0.6


def test_a_head_for_ferplus_is_compared_with_votes(cli: Cli, faces: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "votes.yaml"
    recipe.write_text(RECIPE + "targets: ferplus\n")
    given = ("edgecnn", "--data", faces, "--config", recipe)
    weights = fresh(tmp_path, "edgecnn", classes=8)

    votes = evaluated(cli, *given, "--weights", weights, "--labels", "ferplus")
    own = evaluated(cli, *given, "--weights", weights)

    assert (len(votes["per_class"]), len(own["per_class"])) == (8, 7)
    assert own["n"] == 60


def test_a_network_of_age_bands_is_judged_on_bands(cli: Cli, ages: Path, tmp_path: Path) -> None:
    weights = fresh(tmp_path, "agecnn")

    found = evaluated(cli, "agecnn", "--data", ages, "--weights", weights, "--against", ages)

    assert found["n"] == 30
    assert tuple(found["per_class"]) == AGE_BANDS[:-1]
    assert found["per_class"]["0-12"]["support"] == 4
    assert found["drift"]["label_mix"]["verdict"] == "alike"


def test_a_network_of_years_sees_colours_and_is_judged_in_years(
    cli: Cli, ages: Path, tmp_path: Path
) -> None:
    weights = fresh(tmp_path, "age-regression")

    found = evaluated(cli, "age-regression", "--data", ages, "--weights", weights)

    assert found["n"] == 30
    assert 0 < found["mae"] < 60
    assert 0 <= found["band_accuracy"] <= 1


def test_a_card_is_judged_without_torch() -> None:
    program = (
        "import sys, models.evaluation.card_model, models.evaluation.predict, "
        "models.evaluation.report, moodtrace.commands.models_evaluate_model; "
        "sys.exit('torch' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_what_does_not_fit_is_said_in_three_lines(cli: Cli, made: Path, tmp_path: Path) -> None:
    weights = fresh(tmp_path, "edgecnn", classes=7)

    for name, more, said in (
        ("vggish", (), "of another architecture"),
        ("edge", (), "no such network"),
        ("edgecnn", ("--config", "paper"), "no recipe 'paper'"),
        ("edgecnn", ("--weights", tmp_path / "none.safetensors"), "can't be read"),
    ):
        done = cli("models", "evaluate", name, "--data", made, "--weights", weights, *more)
        assert done.returncode == 78, done.stderr
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 3
