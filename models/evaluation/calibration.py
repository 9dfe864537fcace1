"""Whether a score of 0.8 is right in 80 of 100 cases, and one number that mends it."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from scipy.stats import binned_statistic
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

BINS: Final = 15
FOLDS: Final = 5
SMALLEST: Final = 1e-12
"""Scores below are taken for this before their logarithm is taken."""
LOG_TEMPERATURES: Final = (-3.0, 3.0)
"""Between these a temperature is looked for: 0.05 to 20."""


@dataclass(frozen=True)
class Reliability:
    """Answers sorted by confidence into bins of equal width; empty bins are left out."""

    confidence: Floats
    """`(b,)` mean confidence of each bin's answers."""
    accuracy: Floats
    """`(b,)` share of each bin's answers that are right."""
    counts: Ints
    """`(b,)`"""

    @property
    def ece(self) -> float:
        """Expected calibration error: mean distance of confidence and accuracy, by counts."""
        return float(np.average(np.abs(self.confidence - self.accuracy), weights=self.counts))

    def as_json(self) -> list[dict[str, Any]]:
        """Return JSON types only."""
        columns = zip(
            self.confidence.tolist(), self.accuracy.tolist(), self.counts.tolist(), strict=True
        )
        return [
            {"confidence": round(confidence, 4), "accuracy": round(accuracy, 4), "n": count}
            for confidence, accuracy, count in columns
        ]


def reliability(scores: Floats, labels: Ints, bins: int = BINS) -> Reliability:
    """Compare confidence with accuracy.

    Args:
        scores: `(n, c)`, rows sum to 1, n > 0; the highest of a row is its confidence.
        labels: `(n,)` class ids.
        bins: of equal width, between 0 and 1.
    """
    confidence = np.clip(scores.max(axis=1), 0, 1)
    right = scores.argmax(axis=1) == labels
    counts, _, places = binned_statistic(confidence, right, "count", bins, (0, 1))
    used = np.flatnonzero(counts)
    index = np.searchsorted(used, places - 1)
    totals = counts[used]
    return Reliability(
        confidence=np.bincount(index, confidence) / totals,
        accuracy=np.bincount(index, right) / totals,
        counts=totals.astype(np.int64),
    )


def scaled(scores: Floats, temperature: float) -> Floats:
    """Soften (above 1) or sharpen (below 1) scores; the order in a row stays.

    Args:
        scores: `(n, c)`, rows sum to 1.
        temperature: above 0.

    Returns:
        `(n, c)`, rows sum to 1.
    """
    return np.asarray(softmax(_logits(scores) / temperature, axis=1), np.float64)


def fitted_temperature(scores: Floats, labels: Ints) -> float:
    """Return the temperature at which the labels are likeliest (Guo et al., 2017)."""
    classes = range(scores.shape[1])

    def loss(log_temperature: float) -> float:
        return float(log_loss(labels, scaled(scores, np.exp(log_temperature)), labels=classes))

    return float(np.exp(minimize_scalar(loss, bounds=LOG_TEMPERATURES, method="bounded").x))


def cross_scaled(scores: Floats, labels: Ints, seed: int, folds: int = FOLDS) -> Floats:
    """Scale each fold at the temperature of the others, so that no score is judged by itself.

    Args:
        scores: `(n, c)`, rows sum to 1.
        labels: `(n,)` class ids.
        seed: of the shuffle.
        folds: fewer where the rarest class has fewer examples.

    Returns:
        `(n, c)`; the scores themselves where a class has one example only.
    """
    rarest = int(np.unique(labels, return_counts=True)[1].min())
    if min(folds, rarest) < 2:
        return scores
    splitter = StratifiedKFold(min(folds, rarest), shuffle=True, random_state=seed)
    out = np.empty_like(scores)
    for others, held in splitter.split(scores, labels):
        out[held] = scaled(scores[held], fitted_temperature(scores[others], labels[others]))
    return out


def _logits(scores: Floats) -> Floats:
    logits: Floats = np.log(np.clip(scores, SMALLEST, None))
    return logits
