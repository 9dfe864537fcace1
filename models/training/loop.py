"""The run itself: epochs, what is kept of them, when it ends, and how it goes on after a kill."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import torch
from torch import nn

from models.training import checkpoint, schedule
from models.training.batches import Examples, batches, count, in_half
from models.training.ema import Average
from models.training.history import Epoch, write_curves, write_log
from models.training.losses import loss_of
from models.training.optimisers import optimiser_of
from models.training.recipe import Recipe, of_text, text_of
from models.training.score import Score, score
from models.training.targets import class_weights
from models.zoo.freezing import freeze_up_to
from moodtrace.errors import ConfigurationError, TrainingError

CHECKPOINT: Final = "checkpoint.pt"
BEST: Final = "best.safetensors"
LOG: Final = "log.csv"
CURVES: Final = "curves.png"

Told = Callable[[float, str], None]
"""Hears the epochs that are done, with the part of this one, and a text for people."""


@dataclass
class Run:
    """Everything that changes while a network learns."""

    network: nn.Module
    recipe: Recipe
    train: Examples
    validation: Examples
    seed: int
    average: Average = field(init=False)
    optimiser: torch.optim.Optimizer = field(init=False)
    plateau: schedule.Plateau = field(init=False)
    weights: torch.Tensor | None = field(init=False, default=None)
    epochs: list[Epoch] = field(default_factory=list)
    steps: int = 0
    best_rank: float = -math.inf
    best_epoch: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        if self.recipe.frozen:
            freeze_up_to(self.network, self.recipe.frozen)
        self.network.to(self.train.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = Average(self.network, self.recipe.ema)
        self.optimiser = optimiser_of(self.network, self.recipe)
        self.plateau = schedule.Plateau(self.recipe.plateau_factor, self.recipe.plateau_epochs)
        if self.recipe.class_weights:
            weights = torch.from_numpy(class_weights(self.train.targets.shares))
            self.weights = weights.to(self.train.device)

    @property
    def best(self) -> Epoch:
        """The epoch whose weights are kept; there is one after `train`."""
        return self.epochs[self.best_epoch - 1]


def train(run: Run, out: Path, *, resume: bool = False, told: Told = lambda *_: None) -> Run:
    """Train until the recipe's epochs are done or nothing gets better.

    After each epoch `out` holds the checkpoint, the best weights so far (averaged, if the recipe
    says so), the log and its curves.

    Args:
        run: a fresh run; with `resume` it is brought to where the checkpoint stands.
        out: a folder; made if need be.
        resume: go on from the checkpoint in `out`, exactly as if the run had never stopped.
        told: hears how far the run is.

    Raises:
        TrainingError: the loss is no number any more, or torch can't do a step, such as for
            want of memory; the last good checkpoint stays.
        CannotWriteError: the disk is full; the old checkpoint stays.
        ConfigurationError: network and data don't fit, or the checkpoint is of another run.
    """
    if resume:
        restore(run, checkpoint.read(out / CHECKPOINT))
    require_fit(run)
    while len(run.epochs) < run.recipe.epochs and not _is_stale(run):
        _epoch(run, told)
        _keep(run, out)
    return run


def state_of(run: Run) -> checkpoint.State:
    """Return all that `restore` needs."""
    return {
        "recipe": text_of(run.recipe),
        "seed": run.seed,
        "network": run.network.state_dict(),
        "average": run.average.network.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "plateau": asdict(run.plateau),
        "epochs": [asdict(epoch) for epoch in run.epochs],
        "steps": run.steps,
        "best_rank": run.best_rank,
        "best_epoch": run.best_epoch,
        "seconds": run.seconds,
        "random": checkpoint.random_state(),
    }


def restore(run: Run, state: checkpoint.State) -> None:
    """Bring a fresh run to where another stood.

    Raises:
        ConfigurationError: that run had another recipe, seed or architecture.
    """
    require_same_run(state, run.recipe, run.seed, Path(CHECKPOINT))
    checkpoint.require_same(state["network"], run.network, Path(CHECKPOINT))
    run.network.load_state_dict(state["network"])
    run.average.network.load_state_dict(state["average"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.plateau = schedule.Plateau(**state["plateau"])
    run.epochs = [Epoch(**epoch) for epoch in state["epochs"]]
    run.steps, run.seconds = state["steps"], state["seconds"]
    run.best_rank, run.best_epoch = state["best_rank"], state["best_epoch"]
    checkpoint.restore_random(state["random"])


def require_same_run(state: checkpoint.State, recipe: Recipe, seed: int, path: Path) -> None:
    """Refuse a checkpoint of a run that can't be gone on with.

    Raises:
        ConfigurationError: that run had another recipe or seed.
    """
    if (of_text(state["recipe"], where=str(path)), state["seed"]) != (recipe, seed):
        raise ConfigurationError(
            "the checkpoint was made with another recipe or seed",
            where=str(path),
            try_this="resume with the same options as before, or start again elsewhere",
        )


def _epoch(run: Run, told: Told) -> None:
    """Go once through the training split, then score what is kept."""
    done, began_s = len(run.epochs), time.monotonic()
    steps, losses = count(run.train, run.recipe), 0.0
    run.network.train()
    for number, (images, targets) in enumerate(batches(run.train, run.recipe, done)):
        share = schedule.share_at(run.recipe, done + (number + 1) / steps) * run.plateau.share
        schedule.set_rates(run.optimiser, share)
        with _torch_errors(run):
            losses += _step(run, images, targets)
        text = f"epoch {done + 1} of {run.recipe.epochs}, loss {losses / (number + 1):.4g}"
        told(done + (number + 1) / steps, text)
    with _torch_errors(run):
        found = score(run.average.network, run.validation, half=run.recipe.half)
    run.plateau.update(found.rank) if run.recipe.schedule == "plateau" else None
    run.seconds += time.monotonic() - began_s
    run.epochs.append(_line(run, losses / steps, found))


def _step(run: Run, images: torch.Tensor, targets: torch.Tensor) -> float:
    """Learn from one batch; returns its loss."""
    with in_half(run.train.device, run.recipe.half):
        logits = run.network(images)
    loss = loss_of(logits, targets, run.train.targets.heads, run.recipe, run.weights)
    value = loss.item()
    if not math.isfinite(value):
        raise TrainingError(
            f"the loss is {value} in step {run.steps + 1}, epoch {len(run.epochs) + 1}",
            where=f"rate {run.optimiser.param_groups[-1]['lr']:.2g}",
            try_this="lower `rate` or set `clip_norm`; the last good checkpoint is kept",
        )
    run.optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    if run.recipe.clip_norm:
        nn.utils.clip_grad_norm_(run.network.parameters(), run.recipe.clip_norm)
    run.optimiser.step()
    run.steps += 1
    run.average.update(run.network, run.steps)
    return value


@contextmanager
def _torch_errors(run: Run) -> Iterator[None]:
    """Turn what torch raises in a step into our error: memory is full, a batch is too small."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise TrainingError(
            f"torch can't do step {run.steps + 1}: {(str(error) or repr(error)).splitlines()[0]}",
            where=f"batch of {run.recipe.batch}, {run.recipe.size_px} px",
            try_this="choose another `batch`, or less of what needs memory",
        ) from error


def _line(run: Run, train_loss: float, found: Score) -> Epoch:
    """Return an epoch's line of the log."""
    return Epoch(
        epoch=len(run.epochs) + 1,
        rate=run.optimiser.param_groups[-1]["lr"],
        train_loss=train_loss,
        loss=found.loss,
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        mean_error=found.mean_error,
        seconds=run.seconds,
    )


def _keep(run: Run, out: Path) -> None:
    """Write what an epoch left; the checkpoint last, so that it never promises too much."""
    last = run.epochs[-1]
    rank = -last.mean_error if run.train.is_age else last.accuracy
    if rank > run.best_rank:
        run.best_rank, run.best_epoch = rank, last.epoch
        checkpoint.write_weights(out / BEST, run.average.network)
    write_log(out / LOG, run.epochs)
    write_curves(out / CURVES, run.epochs, is_age=run.train.is_age)
    checkpoint.write(out / CHECKPOINT, state_of(run))


def _is_stale(run: Run) -> bool:
    """Whether too many epochs passed since the best one."""
    waited = len(run.epochs) - run.best_epoch
    return bool(run.recipe.stop_epochs) and waited >= run.recipe.stop_epochs


def require_fit(run: Run) -> None:
    """Refuse a network that can't take the pictures or say the classes.

    Raises:
        ConfigurationError: what is expected and what is got.
    """
    size_px = run.recipe.size_px
    channels = 3 if run.recipe.colours == "BGR" else 1
    pictures = torch.zeros(2, channels, size_px, size_px, device=run.train.device)
    try:
        with torch.inference_mode():
            logits = run.average.network(pictures)
    except RuntimeError as error:
        raise ConfigurationError(
            f"the network can't take pictures of {channels}x{size_px}x{size_px}: "
            f"{str(error).splitlines()[0]}",
            where="recipe",
            try_this="set `size_px` and `colours` to what the network expects",
        ) from error
    wanted = sum(run.train.targets.heads)
    if logits.shape[1:] != (wanted,):
        raise ConfigurationError(
            f"the network gives {tuple(logits.shape[1:])} numbers per picture, "
            f"but the data's targets have {wanted}",
            where="recipe",
            try_this="choose another `grouping` or `targets`, or build with as many classes",
        )
