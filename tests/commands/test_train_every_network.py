"""Every network of the zoo learns from real faces, by the command that people use."""

import csv
from pathlib import Path

import numpy as np
import pytest

from models.datasets.dataset import Dataset
from models.datasets.reading import open_dataset
from models.training import recipe
from models.training.checkpoint import read_weights
from models.training.loop import BEST, CHECKPOINT, CURVES, LOG
from models.training.score import score
from models.training.session import Plan, open_for, prepare
from models.zoo import catalogue
from models.zoo.network import Network
from moodtrace.errors import ConfigurationError
from tests.conftest import Cli

TO_LEARN, TO_CHECK = 256, 128
SIDE_PX = 64


@pytest.fixture(scope="module")
def faces(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a few hundred faces of both sets."""
    folder = tmp_path_factory.mktemp("faces")
    emotions = open_dataset(shared / "data" / "fer2013.npz", size_px=SIDE_PX)
    ages = open_dataset(shared / "data" / "age.npz", size_px=SIDE_PX, colours="BGR")
    write_some(folder / "fer2013.npz", emotions, "label")
    write_some(folder / "age.npz", ages, "age")
    return folder


def write_some(path: Path, dataset: Dataset, labels: str) -> None:
    rng = np.random.default_rng(3)
    parts = (rng.choice(dataset.rows(0), TO_LEARN), rng.choice(dataset.rows(1), TO_CHECK))
    rows = np.concatenate(parts)
    votes = {} if dataset.votes is None else {"votes_ferplus": dataset.votes[rows]}
    arrays = {labels: dataset.labels[rows], "split": dataset.splits[rows], **votes}
    np.savez(path, allow_pickle=False, image=dataset.images.decode(rows), **arrays)


def config_of(name: str) -> str:
    """Its source's recipe where there is one, else ours."""
    try:
        recipe.load(name, "paper")
    except ConfigurationError:
        return "best"
    return "paper"


def plan_of(entry: Network, faces: Path) -> Plan:
    """What the command makes of a network's name."""
    found = recipe.for_input(
        recipe.load(entry.name, config_of(entry.name)), entry.size_px, entry.channels
    )
    data = "age.npz" if found.targets in {"years", "bands"} else "fer2013.npz"
    short = recipe.with_epochs(found, 1)
    return Plan(network=entry.name, recipe=short, data=faces / data, device="cpu")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("entry", catalogue.NETWORKS.values(), ids=lambda entry: entry.name)
def test_a_network_learns_for_one_epoch(
    cli: Cli, faces: Path, tmp_path: Path, entry: Network
) -> None:
    plan = plan_of(entry, faces)

    done = cli(
        *("models", "train", entry.name, "--data", plan.data, "--config", config_of(entry.name)),
        *("--out", tmp_path, "--epochs", "1", "--device", "cpu"),
        timeout_s=1200,
    )

    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} >= {CHECKPOINT, BEST, LOG, CURVES}
    with (tmp_path / LOG).open() as file:
        (epoch,) = csv.DictReader(file)
    assert np.isfinite(float(epoch["train_loss"]))
    kept = prepare(plan, open_for(plan))
    read_weights(tmp_path / BEST, kept.network)
    found = score(kept.network, kept.validation, half=plan.recipe.half)
    assert found.loss == pytest.approx(float(epoch["loss"]), rel=0.01)
