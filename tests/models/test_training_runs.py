"""Real, tiny runs: they can be killed, starved and poisoned, and end as they should."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from models.training import checkpoint
from models.training.batches import Examples
from models.training.history import Epoch
from models.training.loop import BEST, CHECKPOINT, CURVES, LOG, Run, train
from models.training.recipe import Augmentation, Recipe
from models.training.score import score
from models.zoo.face_scores import FERPLUS_TO_OURS
from moodtrace.errors import CannotWriteError, ConfigurationError, TrainingError
from tests.models.labelled import emotions, labels

RECIPE = Recipe(
    size_px=16,
    epochs=3,
    batch=8,
    rate=0.05,
    schedule="cosine",
    warm_up_epochs=1,
    ema=0.9,
    mixup=0.2,
    half=False,
    augmentation=Augmentation(flip=True, rotation_deg=10, zoom=0.1, shift=0.1, erasing=0.5),
)
CPU = torch.device("cpu")


def small_network() -> nn.Module:
    """A network with all that a checkpoint must hold: normalisation, dropout, weights."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(32, 7),
    )


def run_of(recipe: Recipe = RECIPE, seed: int = 1) -> Run:
    torch.manual_seed(seed)
    made = emotions()
    train_, check = Examples(made, 0, recipe, CPU), Examples(made, 1, recipe, CPU)
    return Run(small_network(), recipe, train_, check, seed)


def weights_of(run: Run) -> torch.Tensor:
    values = [*run.network.state_dict().values(), *run.average.network.state_dict().values()]
    return torch.cat([value.double().ravel() for value in values])


def with_(**changes: object) -> Recipe:
    return msgspec.structs.replace(RECIPE, **changes)


class Stopped(Exception):  # noqa: N818
    """Stands for a kill between two steps."""


def stop_at(epochs: float) -> Callable[[float, str], None]:
    def told(done: float, _: str) -> None:
        if done > epochs:
            raise Stopped

    return told


def test_a_network_learns_what_brightness_tells(tmp_path: Path) -> None:
    recipe = with_(epochs=40, mixup=0.0, augmentation=Augmentation(flip=True))

    done = train(run_of(recipe), tmp_path)

    assert done.epochs[done.best_epoch - 1].accuracy > 0.5
    assert done.epochs[-1].train_loss < done.epochs[0].train_loss


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (
        weights_of(train(run_of(seed=seed), tmp_path / str(n))) for n, seed in enumerate((1, 1, 2))
    )

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_a_resumed_run_ends_as_one_that_was_never_stopped(tmp_path: Path, optimiser: str) -> None:
    recipe = with_(optimiser=optimiser)
    whole = train(run_of(recipe), tmp_path / "whole")
    with pytest.raises(Stopped):
        train(run_of(recipe), tmp_path / "cut", told=stop_at(1.5))

    resumed = train(run_of(recipe), tmp_path / "cut", resume=True)

    assert torch.equal(weights_of(whole), weights_of(resumed))
    assert without_time(whole.epochs) == without_time(resumed.epochs)


def without_time(epochs: list[Epoch]) -> list[Epoch]:
    return [Epoch(**{**vars(epoch), "seconds": 0.0}) for epoch in epochs]


def test_a_killed_run_goes_on_exactly(tmp_path: Path) -> None:
    whole = train(run_of(), tmp_path / "whole")
    script = textwrap.dedent("""
        import os, signal, sys
        from pathlib import Path
        from tests.models.test_training_runs import run_of, train

        def told(done, _):
            if done > 1.5:
                os.kill(os.getpid(), signal.SIGKILL)

        train(run_of(), Path(sys.argv[1]), told=told)
    """)
    root = Path(__file__).parents[2]
    process = subprocess.run([sys.executable, "-c", script, str(tmp_path / "cut")], cwd=root)
    assert process.returncode == -signal.SIGKILL

    resumed = train(run_of(), tmp_path / "cut", resume=True)

    assert torch.equal(weights_of(whole), weights_of(resumed))


def test_a_run_leaves_checkpoint_weights_log_and_curves(tmp_path: Path) -> None:
    done = train(run_of(), tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {CHECKPOINT, BEST, LOG, CURVES}
    assert len((tmp_path / LOG).read_text().splitlines()) == 1 + RECIPE.epochs
    assert (tmp_path / CURVES).read_bytes().startswith(b"\x89PNG")
    assert safetensors.torch.load_file(tmp_path / BEST).keys() == done.network.state_dict().keys()


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_checkpoint(
    tmp_path: Path,
) -> None:
    run = run_of()

    def poison(done: float, _: str) -> None:
        if done > 1.5:
            with torch.no_grad():
                next(run.network.parameters()).fill_(torch.nan)

    with pytest.raises(TrainingError, match="the loss is nan in step 6, epoch 2"):
        train(run, tmp_path, told=poison)

    kept = checkpoint.read(tmp_path / CHECKPOINT)
    assert len(kept["epochs"]) == 1
    assert all(torch.isfinite(value).all() for value in kept["network"].values())


def test_weights_that_say_nothing_on_the_validation_split_stop_the_run(tmp_path: Path) -> None:
    run = run_of(with_(ema=0.0))

    def poison(done: float, _: str) -> None:
        if done == 1:
            with torch.no_grad():
                next(run.average.network.parameters()).fill_(torch.nan)

    with pytest.raises(TrainingError, match="no number about 28 of 28 pictures"):
        train(run, tmp_path, told=poison)

    assert not (tmp_path / BEST).exists()


def test_memory_that_is_full_ends_a_run_with_what_to_try(tmp_path: Path) -> None:
    run = run_of()

    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate much.")

    run.network.register_forward_pre_hook(refuse)

    with pytest.raises(TrainingError, match=r"step 1: CUDA out of memory\.$") as caught:
        train(run, tmp_path)

    assert (caught.value.where, "`batch`" in caught.value.try_this) == ("batch of 8, 16 px", True)


def test_a_full_disk_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(run_of(with_(epochs=1)), tmp_path)
    old = (tmp_path / CHECKPOINT).read_bytes()
    # No disk here can be filled safely, so the kernel's answer is given by hand.
    with monkeypatch.context() as full, pytest.raises(CannotWriteError, match="No space left"):
        full.setattr(Path, "open", full_disk)
        checkpoint.write(tmp_path / CHECKPOINT, {"epochs": []})

    assert (tmp_path / CHECKPOINT).read_bytes() == old


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files")
def test_a_file_that_may_not_grow_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    import resource

    checkpoint.write(tmp_path / CHECKPOINT, {"epochs": []})
    old = (tmp_path / CHECKPOINT).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 12, limits[1]))
    try:
        with pytest.raises(CannotWriteError):
            checkpoint.write(tmp_path / CHECKPOINT, {"big": torch.zeros(1 << 16)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)

    assert (tmp_path / CHECKPOINT).read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def test_a_run_ends_early_when_nothing_gets_better(tmp_path: Path) -> None:
    recipe = with_(epochs=50, rate=1e-12, stop_epochs=2, ema=0.0)

    done = train(run_of(recipe), tmp_path)

    assert len(done.epochs) < 50
    assert len(done.epochs) - done.best_epoch == 2


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    train(run_of(with_(epochs=1)), tmp_path)

    with pytest.raises(ConfigurationError, match="another recipe or seed"):
        train(run_of(), tmp_path, resume=True)


def test_a_checkpoint_from_before_a_key_existed_goes_on(tmp_path: Path) -> None:
    train(run_of(with_(epochs=1)), tmp_path)
    state = checkpoint.read(tmp_path / CHECKPOINT)
    assert "leaks: keep\n" in state["recipe"]
    state["recipe"] = state["recipe"].replace("leaks: keep\n", "").replace("s: 1\n", "s: 2\n", 1)
    checkpoint.write(tmp_path / CHECKPOINT, state)

    assert len(train(run_of(with_(epochs=2)), tmp_path, resume=True).epochs) == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no checkpoint"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(content)

    with pytest.raises(ConfigurationError, match="can't be read"):
        train(run_of(), tmp_path, resume=True)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    checkpoint.write_weights(tmp_path / BEST, nn.Linear(3, 4))

    with pytest.raises(ConfigurationError, match=r"weight should be \(5, 3\), but is \(4, 3\)"):
        checkpoint.read_weights(tmp_path / BEST, nn.Linear(3, 5))


def test_weights_come_back_as_they_were(tmp_path: Path) -> None:
    network, other = small_network(), small_network()
    checkpoint.write_weights(tmp_path / BEST, network)

    checkpoint.read_weights(tmp_path / BEST, other)

    pairs = zip(network.state_dict().values(), other.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_network_with_other_classes_is_refused(tmp_path: Path) -> None:
    run = run_of()
    run.average.network = nn.Sequential(nn.Flatten(), nn.Linear(256, 6))

    with pytest.raises(ConfigurationError, match=r"gives \(6,\) numbers .* targets have 7"):
        train(run, tmp_path)


def test_pictures_of_a_wrong_size_are_refused(tmp_path: Path) -> None:
    run = run_of()
    run.average.network = nn.Sequential(nn.Flatten(), nn.Linear(9, 7))

    with pytest.raises(ConfigurationError, match="can't take pictures of 1x16x16"):
        train(run, tmp_path)


def test_frozen_layers_stay_and_the_others_learn(tmp_path: Path) -> None:
    run = run_of(with_(frozen=2))
    before = [value.clone() for value in run.network.state_dict().values()]

    train(run, tmp_path)

    same = [
        torch.equal(a, b) for a, b in zip(before, run.network.state_dict().values(), strict=True)
    ]
    assert same == [True] * 7 + [False] * 2


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "focal", "class_weights": True},
        {"oversample": True, "cutmix": 1.0},
        {"schedule": "one-cycle", "clip_norm": 1.0, "half": True},
        {"schedule": "plateau", "plateau_epochs": 1, "label_smoothing": 0.1},
        {"small_px": 12, "first_rate_share": 0.1, "optimiser": "rmsprop", "rate": 1e-3},
    ],
)
def test_every_option_trains(tmp_path: Path, changes: dict[str, object]) -> None:
    done = train(run_of(with_(**changes)), tmp_path)

    assert all(np.isfinite(epoch.train_loss) for epoch in done.epochs)


class SaysTheVotes(nn.Module):
    """Reads the picture's brightness and answers in FER+'s order."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        level = ((images.mean((1, 2, 3)) + 1) * 127.5 - 30) / 30
        ours = level.round().long().clamp(0, 6)
        return nn.functional.one_hot(torch.tensor(FERPLUS_TO_OURS)[ours], 8).float() * 9


def test_votes_alone_are_scored_in_the_order_of_the_labels() -> None:
    votes = np.zeros((56, 10), np.uint8)
    votes[np.arange(56), np.array(FERPLUS_TO_OURS)[labels(56)]] = 10
    recipe = Recipe(targets="ferplus", size_px=16, colours="gray")
    validation = Examples(replace(emotions(), votes=votes), 1, recipe, torch.device("cpu"))

    found = score(SaysTheVotes(), validation, half=False)

    assert (found.accuracy, found.macro_f1) == (1, 1)
    assert found.loss < 0.01
