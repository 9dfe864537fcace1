"""What most voters of FER+ saw in each face; knows no network."""

import numpy as np
import numpy.typing as npt

from models.datasets.vocabulary import FERPLUS

Ints = npt.NDArray[np.int64]
Votes = npt.NDArray[np.int64]
"""`(n, 10)` counts: `FERPLUS`, then unknown and not-a-face."""


def majority(votes: Votes) -> Ints:
    """Return the class with the most votes.

    Returns:
        `(n,)` ids of `FERPLUS`, of a tie the one that comes first there; -1 where most say
        unknown or not-a-face, and where nobody voted.
    """
    first = votes.argmax(axis=1)
    return np.where((first < len(FERPLUS)) & votes.any(axis=1), first, -1)


def tied(votes: Votes) -> npt.NDArray[np.bool_]:
    """Say where two or more of the ten have the most votes, `(n,)`."""
    most = votes == votes.max(axis=1, keepdims=True)
    return np.asarray(np.count_nonzero(most, axis=1) > 1)
