"""Viewers by chance, who keep showing what they show for as long as real ones do."""

from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from moodtrace.timeline import Row, of_viewers
from tests.factories import viewer

Values = npt.NDArray[np.float64]

JOY: Final = 0.85
"""Correlation of one second with the next, within a second's mean, of happiness in real footage:
0.81 and 0.91 in the two cuts of 60 s with 10 viewers each that tests replay."""
FLICKER: Final = 0.65
"""The same of fear (0.66, 0.63) and neutral (0.70, 0.59)."""
VARIETY: Final = 10
"""Sum of the parameters of the beta distribution of viewers' own chances: they differ a lot."""
AWAY: Final = 0.1
"""Share of the seconds in which a viewer can't be scored, ten at a time on average."""


def viewers(
    rng: np.random.Generator,
    count: int,
    seconds: int,
    *,
    share: float,
    persistence: float = JOY,
    lift: float = 0.0,
    lifted: range = range(0),
) -> Values:
    """Return `(v, s)` of 0 and 1, NaN where a viewer is away.

    Each viewer goes to and fro between both with a chance of its own, `share` on average. While it
    is lifted, a viewer also responds with a chance that adds `lift` to the share.
    """
    chances = rng.beta(share * VARIETY, (1 - share) * VARIETY, count)
    shown = _to_and_fro(rng, chances, seconds, persistence)
    if lift:
        response = np.full(count, lift / (1 - share))
        shown[:, lifted.start : lifted.stop] |= _to_and_fro(rng, response, len(lifted), persistence)
    away = _to_and_fro(rng, np.full(count, AWAY), seconds, 1 - 1 / 9)
    return np.where(away, np.nan, shown)


def rows_of(happy: Values) -> list[Row]:
    """Rows of viewers who are happy, or neutral, or away: 1, 0 and NaN of `(v, s)`."""
    smiling, neutral = viewer("happy"), viewer("neutral")
    return [
        of_viewers(
            Row(second=second, frames=5),
            [
                replace(smiling if smile else neutral, id=number)
                for number, smile in enumerate(column)
                if not np.isnan(smile)
            ],
        )
        for second, column in enumerate(happy.T)
    ]


def _to_and_fro(
    rng: np.random.Generator, chances: Values, seconds: int, persistence: float
) -> npt.NDArray[np.bool_]:
    """Return `(v, s)` Markov chains with these chances of 1, each second like the one before."""
    dice = rng.random((len(chances), seconds))
    state = np.empty(dice.shape, np.bool_)
    state[:, 0] = dice[:, 0] < chances
    for second in range(1, seconds):
        stay = persistence * state[:, second - 1]
        state[:, second] = dice[:, second] < stay + (1 - persistence) * chances
    return state
