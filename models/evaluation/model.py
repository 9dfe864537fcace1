"""A network with its weights, ready to be judged, wherever both come from; knows no set."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.datasets.images import Image
from models.evaluation.examples import Target

Array = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

Kind = Literal["emotion", "age", "band"]
"""What the scores are over: emotions, years from 0, or age bands."""
Scorer = Callable[[Image], Array]
"""Scores `(n, h, w[, 3]) uint8` crops: `(n, c) float32`, 0 to 1."""


def unchanged(values: Ints) -> Ints:
    """Return labels as they are."""
    return values


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is judged: what it takes, what it says, and what that is compared with."""

    id: str
    kind: Kind
    size_px: tuple[int, int]
    """Height and width of its crops."""
    colours: Literal["BGR", "RGB", "gray"]
    classes: tuple[str, ...]
    """What the columns of its scores stand for."""
    score: Scorer
    target: Target
    """Which array of a set says what is true."""
    relabel: Callable[[Ints], Ints] = unchanged
    """Turns that array's `(n,)` values into ids of `classes`, or years; -1 leaves a row out."""
