"""Says how good a network is on the validation split; every metric is scikit-learn's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import f1_score, mean_absolute_error
from torch import nn

from models.training.batches import Examples, in_half
from moodtrace.errors import TrainingError

BATCH_IMAGES = 256


@dataclass(frozen=True)
class Score:
    """How good a network is."""

    loss: float
    """Of the targets, all heads together, in nats."""
    accuracy: float
    """Of the first head against the hard labels, contempt left out; of ages, within 5 years."""
    macro_f1: float
    """Of the first head; 0 for ages."""
    mean_error: float
    """Ages: mean absolute error of the mean, in years; else 0."""

    @property
    def rank(self) -> float:
        """Higher is better: minus the mean error of ages, else the accuracy."""
        return -self.mean_error if self.mean_error else self.accuracy


def score(network: nn.Module, examples: Examples, *, half: bool) -> Score:
    """Score a network in evaluation mode, which it leaves as it was found.

    Raises:
        TrainingError: what the network says is no number.
    """
    was_training = network.training
    logits = predict(network.eval(), examples, half=half)
    network.train(was_training)
    wrong = int((~np.isfinite(logits)).any(axis=1).sum())
    if wrong:
        raise TrainingError(
            f"the network says what is no number about {wrong} of {len(logits)} pictures",
            where="validation split",
            try_this="lower `rate` or set `clip_norm`; the last good checkpoint is kept",
        )
    loss = _loss(logits, examples.targets.shares, examples.targets.heads)
    first = logits[:, list(examples.answers)]
    if examples.is_age:
        return _age_score(first, examples.labels, loss)
    guesses = first.argmax(axis=1)
    return Score(
        loss=loss,
        accuracy=float((guesses == examples.labels).mean()),
        macro_f1=float(f1_score(examples.labels, guesses, average="macro", zero_division=0)),
        mean_error=0.0,
    )


@torch.inference_mode()
def predict(network: nn.Module, examples: Examples, *, half: bool) -> npt.NDArray[np.float32]:
    """Return logits `(n, c)` of unchanged pictures, in the examples' order."""
    found = []
    for start in range(0, len(examples), BATCH_IMAGES):
        rows = torch.arange(start, min(start + BATCH_IMAGES, len(examples)))
        images, _ = examples.batch(rows)
        with in_half(examples.device, half):
            found.append(network(images).float().cpu())
    return np.asarray(torch.cat(found).numpy(), np.float32)


def _loss(
    logits: npt.NDArray[np.float32], shares: npt.NDArray[np.float32], heads: Sequence[int]
) -> float:
    """Return the mean cross entropy of all heads, without smoothing or weights."""
    parts = np.split(logits, np.cumsum(heads)[:-1], axis=1)
    log = np.concatenate([part - np.logaddexp.reduce(part, 1, keepdims=True) for part in parts], 1)
    return float(-(shares * log).sum(axis=1).mean())


def _age_score(logits: npt.NDArray[np.float32], ages: npt.NDArray[np.int16], loss: float) -> Score:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    means = weights @ np.arange(logits.shape[1]) / weights.sum(axis=1)
    return Score(
        loss=loss,
        accuracy=float((np.abs(means - ages) <= 5).mean()),
        macro_f1=0.0,
        mean_error=float(mean_absolute_error(ages, means)),
    )
