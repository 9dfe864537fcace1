"""By how much the means of two groups of viewers differ, with intervals; seconds are columns."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from moodtrace.estimates import Estimate
from moodtrace.uncertainty import SEED, middle, resampled

Values = npt.NDArray[np.float64]


class Traces(NamedTuple):
    """Two groups, second by second."""

    first: Values
    """`(s,)` mean of its viewers; NaN in a second without one."""
    second: Values
    drawn: Values | None
    """`(b, s)` second - first of resampled viewers; None with fewer than two viewers in either."""
    viewers: int
    """In the smaller group."""

    @property
    def difference(self) -> Values:
        """Return `(s,)` second - first."""
        return self.second - self.first


def traces(first: Values, second: Values) -> Traces:
    """Average two groups, and resample the viewers of each.

    Args:
        first: `(v, s)` what each viewer did; NaN where it is not known.
        second: the same of others.
    """
    means = [_means(np.ones((1, len(values))), values)[0] for values in (first, second)]
    viewers = min(len(first), len(second))
    if viewers < 2:
        return Traces(means[0], means[1], None, viewers)
    draws = (resampled(len(first)), resampled(len(second), SEED + 1))
    drawn = _means(draws[1], second) - _means(draws[0], first)
    return Traces(means[0], means[1], drawn, viewers)


def band(found: Traces, second: int) -> tuple[float | None, float | None]:
    """Return the 95 % interval of the difference in one second."""
    return (None, None) if found.drawn is None else middle(found.drawn[:, second], found.viewers)


def overall(first: Values, second: Values, found: Traces, seconds: slice) -> Estimate:
    """Return the mean difference over some seconds, as far as they are known; n is the smaller."""
    value = float(np.nanmean(found.difference[seconds]))
    low, high = None, None
    if found.drawn is not None:
        low, high = middle(_row_means(found.drawn[:, seconds]), found.viewers)
    n = min(len(_viewers_means(values[:, seconds])) for values in (first, second))
    return Estimate(value, low, high, n)


def hedges_g(first: Values, second: Values) -> float | None:
    """Return how far viewers' means over seconds lie apart, in standard deviations of viewers.

    Positive if the second lies higher; None if nobody varies, or there are fewer than three.
    Hedges, "Distribution theory for Glass's estimator of effect size and related estimators",
    Journal of Educational Statistics 6 (1981), 107-128, with the usual form of its correction.

    Args:
        first: `(v, s)`, NaN where it is not known.
        second: the same of others.
    """
    one, other = _viewers_means(first), _viewers_means(second)
    free = len(one) + len(other) - 2
    if free < 1:
        return None
    squares = ((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()
    if squares <= 0:
        return None
    correction = 1 - 3 / (4 * free - 1)
    return float((other.mean() - one.mean()) / np.sqrt(squares / free) * correction)


def _means(draws: Values, values: Values) -> Values:
    """Return `(b, s)` means of the viewers drawn; NaN in a second without one."""
    known = ~np.isnan(values)
    counts = draws @ known.astype(np.float64)
    sums = draws @ np.where(known, values, 0.0)
    means: Values = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    return means


def _row_means(values: Values) -> Values:
    """Return the mean of what is known in each row; NaN where nothing is."""
    means: Values = _means(np.ones((1, values.shape[1])), values.T)[0]
    return means


def _viewers_means(values: Values) -> Values:
    """Return the mean of each viewer of whom something is known."""
    means = _row_means(values)
    return means[~np.isnan(means)]
