"""How large a lift has to be so that the cluster test finds it: the minimum detectable effect."""

from typing import Final

import numpy as np

from moodtrace.permutation import SEED, Flags, Groups, Values, runs

POWER: Final = 0.8
"""The chance with which a lift as large is found."""
TRIALS: Final = 400
"""Audiences without a difference, to which lifts are added."""
STEPS: Final = 100
"""Of a share, in which lifts are tried."""


def least_lift(values: Values, second: Flags, seconds: int, mass: float) -> float | None:
    """Return the smallest lift of a share that is found with a chance of `POWER`.

    Shuffled viewers have no difference, but all their dependence between seconds. To each shuffle a
    lift is added in a stretch somewhere, which counts as found if a cluster that touches it is
    large enough.

    Args:
        values: `(v, s)` of 0 and 1, NaN where it is not known.
        second: `(v,)` who belongs to the second group.
        seconds: how long the lift lasts, at most s.
        mass: above which a cluster is no chance.

    Returns:
        The lift in shares, in steps of 0.01; None if even 0.99 is not found.
    """
    noise = np.concatenate(list(Groups(values[None]).shuffled(second, TRIALS)))
    starts = np.random.default_rng(SEED).integers(0, values.shape[1] - seconds + 1, size=TRIALS)
    since = np.arange(values.shape[1]) - starts[:, None]
    lifted = ((since >= 0) & (since < seconds))[:, None]

    def is_found(step: int) -> bool:
        clusters = runs(noise + np.where(lifted, _lift(values, second, step / STEPS), 0.0))
        start = starts[clusters.trial]
        touches = (clusters.start < start + seconds) & (clusters.end > start)
        hits = np.unique(clusters.trial[touches & (clusters.mass > mass)])
        return len(hits) >= POWER * TRIALS

    low, high = 0, STEPS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return high / STEPS if high < STEPS else None


def _lift(values: Values, second: Flags, lift: float) -> Values:
    """Return `(s,)` a lift in standard errors, as of `Groups.statistics`; none beyond a share of 1.

    Its variance is that of the share halfway, since the second group's is lifted.
    """
    known = ~np.isnan(values)
    one, other = known[~second].sum(axis=0), known[second].sum(axis=0)
    both = np.maximum(one, 1) * np.maximum(other, 1)
    share = np.nansum(values, axis=0) / np.maximum(one + other, 1)
    lift_of = np.minimum(lift, 1 - share)
    halfway = share + lift_of / 2
    error = np.sqrt(halfway * (1 - halfway) * (one + other) / both)
    found: Values = np.divide(lift_of, error, out=np.zeros_like(error), where=error > 0)
    return np.where((one > 0) & (other > 0), found, 0.0)
