"""`moodtrace models train` from a set on disk to weights, and what it refuses."""

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
    data, config, out = folder / "made.npz", folder / "mine.yaml", folder / "out"
    pairs = {"--data": data, "--config": config, "--out": out}
    return [str(word) for pair in pairs.items() for word in pair] + list(more)


def test_a_network_is_trained_and_goes_on_where_it_stopped(cli: Cli, made: Path) -> None:
    first = cli("models", "train", "edgecnn", *words(made))
    assert first.returncode == 0, first.stderr
    assert "28 to learn from, 28 to check" in first.stderr
    assert (made / "out" / "best.safetensors").exists()

    again = cli("models", "train", "edgecnn", *words(made))
    assert again.returncode == 2
    assert "--resume" in again.stderr

    resumed = cli("models", "train", "edgecnn", *words(made, "--resume"))
    assert resumed.returncode == 0, resumed.stderr


def test_what_stands_in_another_split_too_is_left_out_on_demand(cli: Cli, made: Path) -> None:
    leaking = pictures(56)
    leaking[7] = leaking[0]
    np.savez(made / "made.npz", image=leaking, label=labels(56), split=splits(56))
    (made / "mine.yaml").write_text(RECIPE + "leaks: drop\n")

    done = cli("models", "train", "edgecnn", *words(made))

    assert done.returncode == 0, done.stderr
    assert "27 to learn from, 28 to check" in done.stderr
    assert "1 left out" in done.stderr


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--data", "nowhere.npz"], 66, "no such data set"),
        (["--config", "paper"], 78, "recipe"),
        (["--device", "tpu"], 78, "no device 'tpu'"),
    ],
)
def test_what_cannot_be_done_is_three_lines(
    cli: Cli, made: Path, more: list[str], code: int, said: str
) -> None:
    done = cli("models", "train", "edgecnn", *words(made, *more))

    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 3


def test_the_help_needs_no_torch(cli: Cli) -> None:
    done = cli("models", "train", "--help")

    assert done.returncode == 0
    assert "--resume" in done.stdout
