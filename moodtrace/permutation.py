"""Where two groups of viewers differ, second by second, without taking chance for a difference.

The cluster permutation test of Maris & Oostenveld, "Nonparametric statistical testing of EEG- and
MEG-data", Journal of Neuroscience Methods 164 (2007), 177-190, with the viewer as the unit: whole
viewers change sides, each with all its seconds. Knows nothing of rows or emotions.
"""

from collections.abc import Iterator
from math import comb
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

PERMUTATIONS: Final = 1000
SEED: Final = 1
"""Equal viewers give equal results."""
FORMING: Final = 1.96
"""The statistic from which on a second belongs to a cluster: the two-sided 5 % of a normal
distribution, as is usual. False positives are the same with any."""
_AT_ONCE: Final = 2_000_000
"""Statistics that are computed in one go: 16 MB an array."""

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Cluster(NamedTuple):
    """A run of seconds in which one measure differs, always in the same direction."""

    measure: int
    start: int
    """Its first second."""
    end: int
    """The second after its last."""
    p: float
    """How often shuffled viewers have a cluster as large, anywhere and in any measure."""


class Runs(NamedTuple):
    """All clusters of several trials, `(c,)` each, in the order of trials, measures and seconds."""

    trial: npt.NDArray[np.int64]
    measure: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    mass: Values
    """Sum of the statistics of its seconds, without their sign."""


class Groups:
    """Viewers who can be parted in two, and how much the parts differ."""

    def __init__(self, values: Values) -> None:
        """Sum up what no shuffle changes.

        Args:
            values: `(m, v, s)` what each viewer did, by measure and second; NaN where that is not
                known.
        """
        self.measures, self.viewers, self.seconds = values.shape
        columns = values.transpose(1, 0, 2).reshape(self.viewers, -1)
        known = ~np.isnan(columns)
        self._known = known.astype(np.float64)
        self._values = np.where(known, columns, 0.0)
        self._n = self._known.sum(axis=0)
        self._sum = self._values.sum(axis=0)
        spread = (self._values**2).sum(axis=0) - _divided(self._sum**2, self._n)
        self._variance = _divided(spread, self._n - 1)

    def statistics(self, second: Flags) -> Values:
        """Return how far the second group's mean lies above the first's, in standard errors.

        The variance is that of both groups together, as it is if they do not differ; of shares this
        is the pooled test of two proportions. 0 where a group has no value or nobody varies.

        Args:
            second: `(b, v)` who belongs to the second group, in each of b trials.

        Returns:
            `(b, m, s)`.
        """
        sides = second.astype(np.float64)
        n, total = sides @ self._known, sides @ self._values
        rest = self._n - n
        difference = _divided(total, n) - _divided(self._sum - total, rest)
        error = np.sqrt(_divided(self._variance * self._n, n * rest))
        found = np.where((n > 0) & (rest > 0), _divided(difference, error), 0.0)
        return found.reshape(len(second), self.measures, self.seconds)

    def shuffled(self, second: Flags, permutations: int) -> Iterator[Values]:
        """Give out the statistics of shuffled viewers, `(b, m, s)`, until all were.

        Args:
            second: `(v,)` who belongs to the second group; as many do in every shuffle.
            permutations: how many.
        """
        rng = np.random.default_rng(SEED)
        at_once = max(1, _AT_ONCE // max(1, self.measures * self.seconds))
        for first in range(0, permutations, at_once):
            sides = np.tile(second, (min(at_once, permutations - first), 1))
            yield self.statistics(rng.permuted(sides, axis=1))


def runs(statistics: Values) -> Runs:
    """Find the clusters of trials.

    Args:
        statistics: `(b, m, s)`.
    """
    _, measures, seconds = statistics.shape
    apart = np.pad(statistics, ((0, 0), (0, 0), (1, 1))).reshape(-1)
    sign = np.where(np.abs(apart) >= FORMING, np.sign(apart), 0.0)
    starts = np.flatnonzero((sign[1:] != 0) & (sign[1:] != sign[:-1])) + 1
    ends = np.flatnonzero((sign[:-1] != 0) & (sign[1:] != sign[:-1])) + 1
    sums = np.concatenate([[0.0], np.cumsum(np.abs(apart))])
    line, start = np.divmod(starts, seconds + 2)
    trial, measure = np.divmod(line, measures)
    return Runs(trial, measure, start - 1, start - 1 + ends - starts, sums[ends] - sums[starts])


def largest(found: Runs, trials: int) -> Values:
    """Return the mass of the largest cluster of each trial, in any measure; 0 without one."""
    most = np.zeros(trials)
    np.maximum.at(most, found.trial, found.mass)
    return most


class Tested(NamedTuple):
    """What the test found."""

    clusters: list[Cluster]
    """All of them, likely and unlikely ones."""
    chance: Values
    """`(b,)` mass of the largest cluster of each shuffle."""

    def least(self, alpha: float) -> float:
        """Return the mass above which a cluster's `p` is `alpha` or less."""
        allowed = int(alpha * (1 + len(self.chance)))
        return float(np.sort(self.chance)[-allowed]) if allowed else float("inf")


def cluster_test(values: Values, second: Flags, permutations: int = PERMUTATIONS) -> Tested:
    """Find the runs of seconds in which two groups differ.

    Args:
        values: `(m, v, s)`, as of `Groups`. A second without a value parts clusters.
        second: `(v,)` who belongs to the second group.
        permutations: how often viewers are shuffled.

    Returns:
        If the groups don't differ, the chance that any cluster has `p` <= a is at most a, however
        many seconds and measures there are.
    """
    groups = Groups(values)
    chance = np.concatenate(
        [largest(runs(trials), len(trials)) for trials in groups.shuffled(second, permutations)]
    )
    found = runs(groups.statistics(second[None]))
    masses = zip(found.measure, found.start, found.end, found.mass, strict=True)
    clusters = [
        Cluster(int(measure), int(start), int(end), _p(chance, mass))
        for measure, start, end, mass in masses
    ]
    return Tested(clusters, chance)


def may_find(second: Flags, alpha: float) -> bool:
    """Say whether so few viewers can be shuffled in enough ways for a `p` of `alpha` or less.

    Args:
        second: `(v,)` who belongs to the second group.
        alpha: below which a cluster is no chance.
    """
    n = int(np.count_nonzero(second))
    mirrored = 2 if 2 * n == len(second) else 1
    return mirrored <= alpha * comb(len(second), n)


def _p(chance: Values, mass: float) -> float:
    """Return how often chance is as large, the trial itself included; sums may differ by a hair."""
    return float((1 + np.count_nonzero(chance >= mass - 1e-9)) / (1 + len(chance)))


def _divided(over: Values, under: Values) -> Values:
    """Divide; 0 where that is impossible."""
    return np.divide(over, under, out=np.zeros_like(under), where=under > 0)
