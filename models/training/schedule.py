"""How the rate goes up and down during a run, as a share of the recipe's rate."""

import math
from dataclasses import dataclass
from typing import Final

import torch

from models.training.recipe import Recipe

PEAK: Final = 0.3
"""One-cycle: the rate is highest after this share of the run."""
START: Final = 0.04
"""One-cycle: the rate at the start / the highest."""


def share_at(recipe: Recipe, done_epochs: float) -> float:
    """Return the rate / the recipe's rate; plateaus are `Plateau`'s.

    Args:
        recipe: says the schedule, the warm-up and the length of the run.
        done_epochs: epochs that are done, and the part of this one.
    """
    warm = min(1.0, done_epochs / recipe.warm_up_epochs) if recipe.warm_up_epochs else 1.0
    done = min(1.0, done_epochs / recipe.epochs)
    if recipe.schedule == "cosine":
        return max(warm, 1e-3) * _falling(done)
    if recipe.schedule == "one-cycle":
        if done < PEAK:
            return 1 - (1 - START) * _falling(done / PEAK)
        return _falling((done - PEAK) / (1 - PEAK))
    return max(warm, 1e-3)


def _falling(done: float) -> float:
    """Fall from 1 to 0 along half a cosine."""
    return 0.5 * (1 + math.cos(math.pi * done))


@dataclass
class Plateau:
    """Lowers the rate whenever the validation score stays the same for long."""

    factor: float
    patience_epochs: int
    share: float = 1.0
    best: float = -math.inf
    waited_epochs: int = 0

    def update(self, score: float) -> None:
        """Take the score of one more epoch; higher is better."""
        if score > self.best:
            self.best, self.waited_epochs = score, 0
            return
        self.waited_epochs += 1
        if self.waited_epochs > self.patience_epochs:
            self.share, self.waited_epochs = self.share * self.factor, 0


def set_rates(optimiser: torch.optim.Optimizer, share: float) -> None:
    """Set every group's rate to a share of its highest, which the group keeps as `most`."""
    for group in optimiser.param_groups:
        group["lr"] = group["most"] * share
