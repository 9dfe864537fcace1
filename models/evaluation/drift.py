"""How a second set differs from the one that a network was judged on: pictures, answers, labels.

The verdict on a population stability index is on what exceeds the one that two samples of the same
faces would have (`moodtrace.stability`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls
from scipy.stats import entropy, ks_2samp

from models.datasets.images import Image
from moodtrace.stability import mix_psi, psi_by_chance, verdict

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

BINS: Final = 10
SIDE_PX: Final = 48
"""Pictures are measured at this size, so that the resolution of a set does not count."""


def picture_statistics(image: Image) -> dict[str, float]:
    """Return brightness (0 to 255), contrast (standard deviation) and sharpness of a picture.

    Args:
        image: `(h, w) uint8` gray or `(h, w, 3) uint8` BGR.

    Returns:
        By name; sharpness is the variance of the Laplacian, in log10(1 + x).
    """
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(gray, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    edges = cv2.Laplacian(small, cv2.CV_64F).var()
    return {
        "brightness": float(small.mean()),
        "contrast": float(small.std()),
        "sharpness": float(np.log10(1 + edges)),
    }


def statistics(images: Iterable[Image], scores: Floats) -> dict[str, Floats]:
    """Return `(n,)` values of each statistic: of the pictures, and of what the network says.

    Args:
        images: n pictures.
        scores: `(n, c)`, rows sum to 1.
    """
    rows = [picture_statistics(image) for image in images]
    return {
        **{name: np.array([row[name] for row in rows]) for name in rows[0]},
        "confidence": scores.max(axis=1),
        "score_entropy": np.asarray(entropy(scores, axis=1), np.float64),
    }


def psi(reference: Floats, other: Floats, bins: int = BINS) -> float:
    """Return the population stability index of values, in bins equally full in the reference."""
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    first, second = (
        np.bincount(np.digitize(values, edges), minlength=len(edges) + 1)
        for values in (reference, other)
    )
    return mix_psi(first, second)


def compared(reference: Mapping[str, Floats], other: Mapping[str, Floats]) -> dict[str, Any]:
    """Compare two sets statistic by statistic; JSON types only."""
    return {name: _compared(reference[name], other[name]) for name in reference}


def mixes(reference: Ints, other: Ints, names: Sequence[str]) -> dict[str, Any]:
    """Compare how often each class occurs in two sets; JSON types only."""
    counts = [np.bincount(ids, minlength=len(names)) for ids in (reference, other)]
    index = mix_psi(*counts)
    shares = [dict(zip(names, (c / c.sum()).round(4).tolist(), strict=True)) for c in counts]
    chance = psi_by_chance(len(reference), len(other), len(names))
    return {
        "reference": shares[0],
        "other": shares[1],
        "psi": index,
        "psi_by_chance": chance,
        "verdict": verdict(index - chance),
    }


def estimated_mix(
    confusion_shares: Floats, answers: Ints, names: Sequence[str]
) -> dict[str, float]:
    """Estimate how often each class occurs in a set without labels (Lipton et al., 2018).

    Holds where only the mix changed and each class still looks as it did.

    Args:
        confusion_shares: `(c, c)` of the labelled set, rows labels, each summing to 1 or 0.
        answers: `(n,)` class ids answered on the set without labels.
        names: c names.
    """
    answered = np.bincount(answers, minlength=len(names)) / len(answers)
    weights, _ = nnls(confusion_shares.T, answered)
    return dict(zip(names, (weights / weights.sum()).round(4).tolist(), strict=True))


def _compared(reference: Floats, other: Floats) -> dict[str, Any]:
    index, test = psi(reference, other), ks_2samp(reference, other)
    chance = psi_by_chance(len(reference), len(other), BINS)
    return {
        "reference_mean": round(float(reference.mean()), 4),
        "other_mean": round(float(other.mean()), 4),
        "psi": index,
        "psi_by_chance": chance,
        "ks": float(test.statistic),
        "ks_p": float(test.pvalue),
        "verdict": verdict(index - chance),
    }
