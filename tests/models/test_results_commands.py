"""The commands that write results, on sets and networks small enough to be made here."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.evaluation.results import Result, read_result
from models.training.checkpoint import write_weights
from models.zoo import catalogue
from moodtrace.fetch import sha256_of
from tests.models.labelled import labels, pictures

ROOT = Path(__file__).parents[2]
COUNT = 42


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What lies beside a checkout: sets that look like FER2013, with votes, and UTKFace."""
    data = tmp_path / "data"
    data.mkdir()
    rows = np.arange(COUNT)
    votes = np.zeros((COUNT, 10), np.uint8)
    votes[rows, rows % 8] = 10
    votes[0] = [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]
    np.savez(
        data / "fer2013.npz",
        image=pictures(COUNT),
        label=labels(COUNT),
        usage=1 + (rows // 7 % 2),
        votes_ferplus=votes,
        leak=rows == 7,
        near_leak=rows == 8,
    )
    np.savez(data / "age.npz", image=pictures(COUNT), age=2 * rows, split=np.full(COUNT, 2))
    return tmp_path


def ran(command: str, folder: Path, *words: str | Path) -> "subprocess.CompletedProcess[str]":
    places = ("--shared", folder, "--results", folder / "results", "--data-dir", folder)
    line = [sys.executable, "-m", f"benchmarks.{command}", *map(str, (*words, *places))]
    return subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=240)


def written(folder: Path, name: str) -> Result:
    return read_result(folder / "results" / f"{name}.json")


def test_one_command_writes_every_figure_of_a_model(folder: Path) -> None:
    done = ran("models_accuracy", folder, "moodtrace-emotion-2")

    assert done.returncode == 0, done.stderr
    found = {one.on: one.n for one in written(folder, "moodtrace-emotion-2").measured}
    assert found == {
        "FER2013 PrivateTest": 21,
        "FER2013 PublicTest": 21,
        "FER2013 PublicTest and PrivateTest": 42,
        "FER2013 PrivateTest without what repeats Training": 19,
        "FER2013 PrivateTest, with mirror images": 21,
        "majority of FER+, PrivateTest": 21,
        "majority of FER+, PrivateTest without ties": 21,
        "majority of FER+, PublicTest": 21,
        "majority of FER+, PublicTest without ties": 20,
    }


def test_a_checkpoint_is_measured_on_the_classes_of_its_recipe(folder: Path) -> None:
    weights = folder / "best.safetensors"
    write_weights(weights, catalogue.build("vgg-small", classes=6))

    done = ran(*("models_accuracy", folder, "vgg-small", "--weights", weights, "--config", "paper"))

    assert done.returncode == 0, done.stderr
    result = written(folder, "zoo/vgg-small")
    assert (result.config, result.sha256) == ("paper", sha256_of(weights))
    assert [one.on for one in result.measured][:2] == [
        "FER2013 PrivateTest in 6 classes",
        "FER2013 PublicTest in 6 classes",
    ]


def test_a_network_of_bands_is_measured_on_utkface_and_keeps_its_speed(folder: Path) -> None:
    weights = folder / "best.safetensors"
    write_weights(weights, catalogue.build("agecnn"))

    timed = ran("models_speed", folder, "--zoo", "agecnn", "--threads", "1")
    done = ran("models_accuracy", folder, "agecnn", "--weights", weights)

    assert (timed.returncode, done.returncode) == (0, 0), timed.stderr + done.stderr
    result = written(folder, "zoo/agecnn")
    assert result.kind == "band"
    assert [(one.on, one.n) for one in result.measured] == [
        ("UTKFace test", 42),
        ("UTKFace test, with mirror images", 42),
    ]
    assert result.speed is not None
    assert (result.speed.runtime, result.speed.threads) == ("torch", 1)
    assert 0 < result.speed.batch_32 < 1000


def test_weights_without_a_name_are_refused(folder: Path) -> None:
    done = ran("models_accuracy", folder, "--weights", folder / "best.safetensors")

    assert done.returncode == 2
    assert "name it" in done.stderr
