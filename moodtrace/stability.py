"""The population stability index (PSI): by how much one distribution differs from another.

It reads: below 0.1 alike, to 0.25 shifting, above shifted (N. Siddiqi, *Credit Risk Scorecards*,
Wiley 2006). Small samples differ by chance too, so a verdict is on what exceeds the index that two
samples of one population would have.
"""

from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Verdict = Literal["alike", "shifting", "shifted"]

SHIFTING: Final = 0.1
SHIFTED: Final = 0.25
LEAST: Final = 0.5
"""Added to each bin, so that an empty one does not make the index infinite."""


def mix_psi(reference: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return the population stability index of two tables of counts: both relative entropies.

    Args:
        reference: `(b,)` counts, whole or not.
        other: `(b,)` the same of what is compared with it.
    """
    first, second = (np.asarray(counts, np.float64) + LEAST for counts in (reference, other))
    first, second = first / first.sum(), second / second.sum()
    return float(((first - second) * np.log(first / second)).sum())


def psi_by_chance(n: float, m: float, bins: int) -> float:
    """Return the index to expect of samples of n and m out of one population.

    B. Yurdakul, *Statistical Properties of Population Stability Index*, Western Michigan
    University 2018.
    """
    return (bins - 1) * (1 / n + 1 / m)


def verdict(index: float) -> Verdict:
    """Put a population stability index, less what chance gives, into a word."""
    return "alike" if index < SHIFTING else "shifting" if index <= SHIFTED else "shifted"
