"""Chooses, on the validation split, how heads are blended and how sure scores are."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.metrics import f1_score, log_loss

from models.zoo.face_resnet import EMOTION_CLASSES
from models.zoo.face_scores import FERPLUS_TO_OURS

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int16]

SHARES: Final = tuple(round(0.1 * tenth, 1) for tenth in range(11))
"""Weights of FER+'s head that are tried."""
COLDEST, HOTTEST = 0.2, 5.0


def blended(logits: Array, ferplus_share: float) -> Array:
    """Blend both heads' probabilities.

    Args:
        logits: `(n, 15)`, FER2013's classes, then FER+'s.
        ferplus_share: weight of FER+'s head, whose contempt is left out.

    Returns:
        `(n, 7)`, rows sum to 1.
    """
    ours = softmax(logits[:, :EMOTION_CLASSES], axis=1)
    ferplus = logits[:, EMOTION_CLASSES:][:, list(FERPLUS_TO_OURS)]
    blend = (1 - ferplus_share) * ours + ferplus_share * softmax(ferplus, axis=1)
    return np.asarray(blend, np.float32)


def best_share(logits: Array, labels: Labels) -> float:
    """Return the weight of FER+'s head with the best macro F1; the smallest of equals."""

    def macro_f1(share: float) -> float:
        guesses = blended(logits, share).argmax(axis=1)
        return float(f1_score(labels, guesses, average="macro"))

    return max(SHARES, key=macro_f1)


def best_temperature(logits: Array, labels: Labels) -> float:
    """Return the temperature at which scores cost least, in nats.

    Args:
        logits: `(n, c)`, or logarithms of probabilities.
        labels: `(n,)` ids of the c classes.
    """
    classes = np.arange(logits.shape[1])

    def cost(log_temperature: float) -> float:
        scores = softmax(logits.astype(np.float64) / np.exp(log_temperature), axis=1)
        return float(log_loss(labels, scores, labels=classes))

    return float(np.exp(_least(cost, np.log(COLDEST), np.log(HOTTEST))))


def best_age_temperature(logits: Array, ages: Labels) -> float:
    """Return the temperature at which the mean age is closest on average."""
    numbers = np.arange(logits.shape[1])
    log = log_softmax(logits.astype(np.float64), axis=1)

    def cost(log_temperature: float) -> float:
        means = softmax(log / np.exp(log_temperature), axis=1) @ numbers
        return float(np.abs(means - ages).mean())

    return float(np.exp(_least(cost, np.log(0.5), np.log(2.0))))


def _least(cost: Callable[[float], float], low: float, high: float) -> float:
    return float(minimize_scalar(cost, bounds=(low, high), method="bounded").x)
