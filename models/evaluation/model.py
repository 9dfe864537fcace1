"""A network with its weights, ready to be judged, wherever both come from; knows no set."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.datasets.images import Image
from models.datasets.vocabulary import FERPLUS
from models.evaluation.examples import Target
from moodtrace.errors import UsageError

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
    ferplus: Scorer | None = None
    """Scores FER+'s classes, `(n, 8)`, where the network has outputs for them."""


def flipped(model: Model) -> Model:
    """Return a model whose scores are the mean of a crop's and its mirror image's."""
    ferplus = None if model.ferplus is None else _with_mirrored(model.ferplus)
    return replace(model, score=_with_mirrored(model.score), ferplus=ferplus)


def _with_mirrored(score: Scorer) -> Scorer:
    def mean(crops: Image) -> Array:
        mirrored = np.ascontiguousarray(crops[:, :, ::-1])
        return np.asarray((score(crops) + score(mirrored)) / 2, np.float32)

    return mean


def of_ferplus(model: Model) -> Model:
    """Return a model that answers with FER+'s classes, to compare with the majority of votes.

    Raises:
        UsageError: the network has no outputs for them.
    """
    if model.ferplus is None:
        raise UsageError(
            "this network has no outputs for FER+'s classes",
            where=model.id,
            try_this="leave --labels out, or name a network with FER+'s head: moodtrace-emotion-2",
        )
    return replace(model, classes=FERPLUS, score=model.ferplus, target="ferplus", relabel=unchanged)
