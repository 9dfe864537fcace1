"""How far a figure can be trusted with so many viewers; knows nothing of rows or emotions."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

CONFIDENCE: Final = 0.95
"""Of every interval."""
TAIL: Final = (1 - CONFIDENCE) / 2
"""Of all that could be, what lies below an interval, and again above it."""
RESAMPLES: Final = 1000
"""Audiences that the bootstrap draws."""
SEED: Final = 1
"""Equal rows give equal intervals."""

Values = npt.NDArray[np.float64]
Statistic = Callable[[Values], Values]
"""A figure of audiences.

Takes how often each viewer was drawn, `(b, v)`; returns the figure of each of the b audiences,
`(b,)`, NaN for those that have none.
"""


class Interval(NamedTuple):
    """A 95 % confidence interval, in the unit of its figure."""

    low: float
    high: float


def wilson(showing: int, usable: int) -> Interval | None:
    """Return the interval of a share of viewers, 0 to 1; None without a viewer.

    The score interval of Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927), 209-212.

    Args:
        showing: viewers who do.
        usable: viewers who may.
    """
    from scipy.stats import binomtest

    if not usable:
        return None
    found = binomtest(showing, usable).proportion_ci(CONFIDENCE, method="wilson")
    return Interval(float(found.low), float(found.high))


def wilson_bands(showing: Values, usable: Values) -> tuple[Values, Values]:
    """Return the ends of `wilson` for many seconds at once, `(n,)` each; NaN without a viewer.

    Args:
        showing: `(n,)` viewers who do.
        usable: `(n,)` viewers who may.
    """
    from scipy.special import ndtri  # of which `scipy.stats` would be a second of imports

    z = float(ndtri((1 + CONFIDENCE) / 2))
    n = np.where(usable > 0, usable, np.nan)
    share = showing / n
    middle = share + z**2 / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    whole = 1 + z**2 / n
    return np.clip((middle - half) / whole, 0, 1), np.clip((middle + half) / whole, 0, 1)


def over_viewers(statistic: Statistic, viewers: int) -> Interval | None:
    """Return the interval of any figure; None with fewer than two viewers.

    The bootstrap with the viewer as the unit: one who is drawn brings all of its seconds, since
    these depend on each other. Field & Welsh, "Bootstrapping clustered data", Journal of the Royal
    Statistical Society B 69 (2007), 369-390.

    Args:
        statistic: the figure; audiences that have none are left out.
        viewers: those who take part in it.
    """
    if viewers < 2:
        return None
    return middle(statistic(resampled(viewers)), viewers)


def resampled(viewers: int, seed: int = SEED) -> Values:
    """Return `(b, v)` how often each viewer is drawn into each of `RESAMPLES` audiences.

    Args:
        viewers: those who are drawn from, as many as are drawn.
        seed: another for another audience, so that the two vary apart.
    """
    chances = np.full(viewers, 1 / viewers)
    draws = np.random.default_rng(seed).multinomial(viewers, chances, size=RESAMPLES)
    return draws.astype(np.float64)


def middle(figures: Values, viewers: int) -> Interval:
    """Return the interval of a figure, from what it is of resampled audiences.

    Expanded percentiles: an audience drawn from n viewers varies as if they were all there are, by
    (n - 1) / n too little, and by a normal distribution where n tell of a t. Hesterberg, "What
    teachers should know about the bootstrap", The American Statistician 69 (2015), 371-386.

    Args:
        figures: `(b,)` of resampled audiences; NaN of those without one.
        viewers: who were drawn from, 2 or more; of two audiences, the smaller.
    """
    from scipy.special import ndtr, stdtrit

    spread = np.sqrt(viewers / (viewers - 1)) * stdtrit(viewers - 1, TAIL)
    tail = float(ndtr(spread))
    low, high = np.nanquantile(figures, (tail, 1 - tail))
    return Interval(float(low), float(high))


VERDICTS: Final = (
    (150, "norm grade"),
    (75, "reportable"),
    (30, "directional"),
    (0, "exploratory"),
)
"""From how many viewers on a figure may be called what; a practice of the field."""


def verdict(viewers: int) -> str:
    """Return in a word what figures of so many viewers are good for."""
    return next(word for least, word in VERDICTS if viewers >= least)
