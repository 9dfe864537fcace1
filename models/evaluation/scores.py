"""How often a network's top emotion is the labelled one; by scikit-learn, no formula of our own."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 1000
"""Takes about 2 s for seven classes, whatever the number of examples."""
LEVEL: Final = 0.95
"""Of all intervals, unless told otherwise."""


@dataclass(frozen=True)
class Headline:
    """The three figures of a whole set, 0 to 1."""

    accuracy: float
    balanced_accuracy: float
    """Mean recall over the classes that occur."""
    macro_f1: float
    """Mean F1 over the classes that occur or are answered."""


def headline(labels: Ints, answers: Ints, counts: Ints | None = None) -> Headline:
    """Score answers against labels.

    Args:
        labels: `(n,)` class ids, n > 0.
        answers: `(n,)` class ids.
        counts: `(n,)` how often each pair occurs; once if None.
    """
    _, recall, f1, support = precision_recall_fscore_support(
        labels, answers, sample_weight=counts, average=None, zero_division=np.nan
    )
    occurs = support > 0
    return Headline(
        accuracy=float(np.average(recall[occurs], weights=support[occurs])),
        balanced_accuracy=float(recall[occurs].mean()),
        macro_f1=float(np.nanmean(f1)),
    )


def per_class(labels: Ints, answers: Ints, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return precision, recall, F1 and support by class name; 0 where nothing can be divided."""
    columns = precision_recall_fscore_support(
        labels, answers, labels=range(len(names)), average=None, zero_division=0.0
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return {
        name: {"precision": precision, "recall": recall, "f1": f1, "support": support}
        for name, (precision, recall, f1, support) in zip(names, rows, strict=True)
    }


@dataclass(frozen=True)
class Confusion:
    """Who is taken for whom: rows are labels, columns answers."""

    names: tuple[str, ...]
    counts: Ints
    """`(c, c)`"""
    shares: Floats
    """`(c, c)`, each row over its sum; zeros where a class does not occur."""

    @classmethod
    def of(cls, labels: Ints, answers: Ints, names: Sequence[str]) -> "Confusion":
        """Count pairs of class ids, 0 to `len(names) - 1`."""
        ids = range(len(names))
        with np.errstate(invalid="ignore"):  # a class that does not occur
            shares = confusion_matrix(labels, answers, labels=ids, normalize="true")
        counts = confusion_matrix(labels, answers, labels=ids)
        return cls(tuple(names), counts.astype(np.int64), np.nan_to_num(shares))

    def as_json(self) -> dict[str, Any]:
        """Return JSON types only."""
        return {
            "labels": list(self.names),
            "counts": self.counts.tolist(),
            "shares": self.shares.round(4).tolist(),
        }


def intervals(
    confusion: Confusion, rng: np.random.Generator, *, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """Return bootstrap percentile intervals of the three figures of `headline`.

    Drawing n pairs anew, with replacement, is drawing the cells of the confusion matrix out of a
    multinomial distribution: the same bootstrap, and as quick for 30,000 examples as for 300.
    """
    size = len(confusion.names)
    labels, answers = np.divmod(np.arange(size * size), size)
    total = int(confusion.counts.sum())
    drawn = rng.multinomial(total, confusion.counts.ravel() / total, size=resamples)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        found = [asdict(headline(labels, answers, counts)) for counts in drawn]
    return {name: interval([row[name] for row in found]) for name in found[0]}


def interval(values: Sequence[float] | Floats) -> tuple[float, float]:
    """Return the range that holds the middle 95 % of resampled figures."""
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
