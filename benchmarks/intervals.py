"""Measures how often 95 % intervals hold the truth, by how many viewers there are.

    python -m benchmarks.intervals [--audiences 1000]

Audiences are simulated: each viewer shows an emotion by a chance of its own, so the truth is known.
"""

import argparse
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from msgspec.structs import replace

from moodtrace.estimates import Estimate, average, change
from moodtrace.measures import showing
from moodtrace.timeline import Row
from moodtrace.uncertainty import Values
from tests.factories import viewer

SECONDS: Final = 10
VIEWERS: Final = (5, 10, 30, 60, 100)
HAPPY, SAD = viewer("happy"), viewer("sad")

Figure = Callable[[list[Row]], Estimate | None]


def main() -> None:
    """Print the share of intervals that hold the truth, a line for each number of viewers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audiences", type=int, default=1000)
    audiences = parser.parse_args().audiences
    print("viewers  average, 40 %  change, 2 points  average, 6 %")
    for viewers in VIEWERS:
        shares = (
            held(_average, 0.4, audiences, viewers, common),
            held(_change, 0.02, audiences, viewers, common),
            held(_average, 0.06, audiences, viewers, rare),
        )
        print(f"{viewers:>7}  {shares[0]:>13.0%}  {shares[1]:>16.0%}  {shares[2]:>12.0%}")


def common(rng: np.random.Generator, viewers: int) -> Values:
    """Return `(v,)` chances of 0.4 on average."""
    return rng.beta(2, 3, size=viewers)


def rare(rng: np.random.Generator, viewers: int) -> Values:
    """Return `(v,)` chances of 0.06 on average: most hardly ever show it, some often."""
    return rng.beta(0.1, 0.1 / 0.06 - 0.1, size=viewers)


def held(
    figure: Figure,
    truth: float,
    audiences: int,
    viewers: int,
    chances: Callable[[np.random.Generator, int], Values],
) -> float:
    """Return the share of simulated audiences whose interval holds the truth."""
    rng = np.random.default_rng(1)
    found = (figure(rows) for rows in _simulated(rng, audiences, viewers, chances))
    return float(np.mean([of is not None and _holds(of, truth) for of in found]))


def _simulated(
    rng: np.random.Generator,
    audiences: int,
    viewers: int,
    chances: Callable[[np.random.Generator, int], Values],
) -> Iterator[list[Row]]:
    """Yield the seconds of each audience, and as many that follow, in which chances rise by 0.02.

    They rise so on average, when they are of `common`.
    """
    for _ in range(audiences):
        first = chances(rng, viewers)
        both = np.repeat([first, 0.036 + 0.96 * first], SECONDS, axis=0)
        yield [
            Row(
                second=second,
                viewers=viewers,
                usable=viewers,
                people=tuple(replace(HAPPY if s else SAD, id=n) for n, s in enumerate(smiles)),
            )
            for second, smiles in enumerate((rng.random(both.shape) < both).tolist())
        ]


def _average(rows: list[Row]) -> Estimate | None:
    return average(rows[:SECONDS], showing("happy"), k=1)


def _change(rows: list[Row]) -> Estimate | None:
    return change(rows[:SECONDS], rows[SECONDS:], showing("happy"), k=1)


def _holds(found: Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


if __name__ == "__main__":
    main()
