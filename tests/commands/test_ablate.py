"""`moodtrace models ablate` from a set on disk to a table, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Cli
from tests.models.labelled import labels, pictures, splits

RECIPE = "epochs: 1\nsize_px: 48\nbatch: 14\nrate: 0.01\n"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    np.savez(tmp_path / "made.npz", image=pictures(56), label=labels(56), split=splits(56))
    (tmp_path / "mine.yaml").write_text(RECIPE)
    return tmp_path


def words(folder: Path, *more: str) -> list[str]:
    pairs = {"--data": "made.npz", "--config": "mine.yaml", "--out": "out"}
    paths = [str(word) for key, name in pairs.items() for word in (key, folder / name)]
    return ["models", "ablate", "mini-xception", *paths, *more]


def test_a_grid_ends_in_a_table_and_a_run_that_fails_does_not_stop_it(cli: Cli, made: Path) -> None:
    (made / "grid.yaml").write_text("rate: [1e9, 0.01]\n")

    done = cli(*words(made, "--grid", str(made / "grid.yaml"), "--seeds", "2"))

    assert done.returncode == 0, done.stderr
    assert "2 of 4 runs are done, 2 failed" in done.stdout
    assert "| 1 | 0.01 | **0." in done.stdout
    assert done.stdout == (made / "out" / "results.md").read_text()
    failed = json.loads((made / "out" / "results.json").read_text())["runs"][0]
    assert (failed["name"], failed["figures"]) == ("rate=1e+09,seed=0", {})
    assert "no number" in failed["failed"]
    assert done.stderr.splitlines()[0] == "made.npz: 28 to learn from, 28 to check"


def test_a_run_of_a_grid_is_one_of_models_train(cli: Cli, made: Path) -> None:
    options = ["--data", str(made / "made.npz"), "--config", str(made / "mine.yaml")]
    alone = cli(
        "models", "train", "mini-xception", *options, "--out", made / "alone", "--seed", "1"
    )
    assert alone.returncode == 0, alone.stderr

    done = cli(*words(made, "--seeds", "2", "--json"))

    assert done.returncode == 0, done.stderr
    assert [run["name"] for run in json.loads(done.stdout)["runs"]] == ["seed=0", "seed=1"]
    kept = (made / "out" / "seed=1" / "best.safetensors").read_bytes()
    assert kept == (made / "alone" / "best.safetensors").read_bytes()


def test_pictures_of_several_sizes_are_compared(cli: Cli, made: Path) -> None:
    done = cli(*words(made, "--vary", "size_px=48,40", "--json"))

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("28 to learn from") == 2
    assert [cell["figures"]["epochs_run"] for cell in json.loads(done.stdout)["cells"]] == [1, 1]


def test_a_grid_goes_on_where_it_was_killed(
    cli: Cli, cli_environment: Mapping[str, str], made: Path
) -> None:
    grid = words(made, "--vary", "rate=0.01,0.02", "--epochs", "3")
    begun = subprocess.Popen([sys.executable, "-m", "moodtrace", *grid], env=cli_environment)
    wait_for(made / "out" / "rate=0.02,seed=0" / "checkpoint.pt")
    os.kill(begun.pid, signal.SIGTERM)
    assert begun.wait(timeout=60) == 128 + signal.SIGTERM
    assert "1 of 2 runs are done" in (made / "out" / "results.md").read_text()
    before = json.loads((made / "out" / "results.json").read_text())["runs"]

    again = cli(*grid)
    assert (again.returncode, "--resume" in again.stderr) == (2, True)

    resumed = cli(*grid, "--resume", "--json")
    assert resumed.returncode == 0, resumed.stderr
    after = json.loads(resumed.stdout)["runs"]
    assert after[:1] == before
    assert after[1]["figures"]["epochs_run"] == 3


def wait_for(path: Path, timeout_s: float = 120) -> None:
    until = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < until, f"{path} was not written"
        time.sleep(0.05)


def test_a_grid_whose_runs_all_fail_is_an_error(cli: Cli, made: Path) -> None:
    done = cli(*words(made, "--vary", "rate=1e9,2e9"))

    assert done.returncode == 65
    assert done.stderr.splitlines()[-3].startswith("Error: all 2 runs failed: ")


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--vary", "rate=0.1,0.01", "--vary", "augmentation.flp=true"], 78, "field `flp`"),
        (["--vary", "rate=0.1"], 2, "nothing to compare"),
        (["--vary", "size_px=48,3"], 78, "can't take pictures"),
        (["--vary", "options.depth=1,2"], 78, "no options"),
        (["--vary", "targets=hard,years"], 65, "set of emotions"),
        (["--vary", "rate=1,2", "--data", "nowhere.npz"], 66, "no such data set"),
    ],
)
def test_what_cannot_be_done_is_three_lines_before_anything_is_trained(
    cli: Cli, made: Path, more: list[str], code: int, said: str
) -> None:
    done = cli(*words(made, *more))

    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 3
    assert not (made / "out").exists()


def test_the_help_needs_no_torch(cli: Cli) -> None:
    done = cli("models", "ablate", "--help")

    assert done.returncode == 0
    assert "--vary" in done.stdout
