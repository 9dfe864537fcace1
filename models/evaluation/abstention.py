"""What is gained by answering only where the network is sure."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import auc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COVERAGES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of answered examples that a table shows."""


@dataclass(frozen=True)
class RiskCoverage:
    """Surest answers first: one entry for each number of examples answered."""

    coverage: Floats
    """`(n,)` share of the examples that are answered, rising to 1."""
    risk: Floats
    """`(n,)` share of those answers that are wrong."""
    threshold: Floats
    """`(n,)` confidence from which an answer is given."""

    @property
    def area(self) -> float:
        """Area under the curve: the mean risk over all coverages, 0 at best."""
        return float(auc(self.coverage, self.risk)) if len(self.coverage) > 1 else self.risk[0]

    def as_json(self) -> list[dict[str, Any]]:
        """Return the curve at a few coverages; JSON types only."""
        places = np.ceil(np.array(COVERAGES) * len(self.coverage) - 1e-9).astype(int) - 1
        return [
            {
                "coverage": wanted,
                "risk": round(float(self.risk[place]), 4),
                "threshold": round(float(self.threshold[place]), 4),
            }
            for wanted, place in zip(COVERAGES, np.maximum(places, 0).tolist(), strict=True)
        ]


def risk_coverage(confidence: Floats, right: npt.NDArray[np.bool_]) -> RiskCoverage:
    """Follow the share of wrong answers as less and less sure ones are let in.

    Args:
        confidence: `(n,)` of each answer, n > 0.
        right: `(n,)` whether it is the labelled one.
    """
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return RiskCoverage(
        coverage=answered / len(order),
        risk=np.cumsum(~right[order]) / answered,
        threshold=confidence[order],
    )
