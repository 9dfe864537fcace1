"""One evaluation as JSON types: what `moodtrace models evaluate --json` prints."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from models.evaluation import ages as aging
from models.evaluation import drift
from models.evaluation.abstention import RiskCoverage, risk_coverage
from models.evaluation.calibration import (
    Reliability,
    cross_scaled,
    fitted_temperature,
    reliability,
    scaled,
)
from models.evaluation.examples import Examples
from models.evaluation.predict import Predictions
from models.evaluation.scores import Confusion, headline, intervals, per_class

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SEED: Final = 3
"""Of the resampling and of the folds: the same file gives the same report."""


@dataclass(frozen=True)
class Judged:
    """What a network says of the pictures that could be decoded, beside what is true."""

    examples: Examples
    """Those pictures only."""
    scores: Floats
    """`(n, c)`; each row sums to 1."""
    skipped: Ints
    """Rows of the file whose picture is corrupt."""

    @classmethod
    def of(cls, examples: Examples, predictions: Predictions) -> "Judged":
        """Bring examples and predictions together."""
        scores = predictions.scores.astype(np.float64)
        scores /= scores.sum(axis=1, keepdims=True)
        return cls(examples.take(predictions.places), scores, predictions.skipped)

    @property
    def values(self) -> Ints:
        """`(n,)` labels or ages."""
        assert self.examples.values is not None
        return self.examples.values

    def counts(self) -> dict[str, Any]:
        """Say how many pictures were judged, and which not."""
        return {
            "n": len(self.examples),
            "skipped": len(self.skipped),
            "skipped_rows": self.skipped[:100].tolist(),
            "left_out": self.examples.left_out,
        }


@dataclass(frozen=True)
class ClassReport:
    """How well a network names classes: emotions, or age bands."""

    content: dict[str, Any]
    """JSON types only."""
    confusion: Confusion
    before: Reliability
    after: Reliability
    curve: RiskCoverage


def class_report(
    judged: Judged, names: Sequence[str], calibrated_on: Judged | None = None
) -> ClassReport:
    """Judge a network that names one class of several.

    Args:
        judged: its scores on the set in question.
        names: of the classes.
        calibrated_on: its scores on another set, to fit the temperature on; else five folds of
            the set in question take turns.
    """
    scores, labels = judged.scores, judged.values
    answers = scores.argmax(axis=1)
    confusion = Confusion.of(labels, answers, names)
    fitted_on = calibrated_on or judged
    temperature = fitted_temperature(fitted_on.scores, fitted_on.values)
    after = scaled(scores, temperature) if calibrated_on else cross_scaled(scores, labels, SEED)
    before_bins, after_bins = reliability(scores, labels), reliability(after, labels)
    curve = risk_coverage(scores.max(axis=1), answers == labels)
    content = {
        **judged.counts(),
        **asdict(headline(labels, answers)),
        "ci": intervals(confusion, np.random.default_rng(SEED)),
        "ece": before_bins.ece,
        "ece_scaled": after_bins.ece,
        "temperature": temperature,
        "per_class": per_class(labels, answers, names),
        "confusion": confusion.as_json(),
        "reliability": before_bins.as_json(),
        "reliability_scaled": after_bins.as_json(),
        "risk_coverage": curve.as_json(),
        "risk_coverage_area": curve.area,
        "ties": _ties(judged, answers, names),
    }
    return ClassReport(content, confusion, before_bins, after_bins, curve)


def _ties(judged: Judged, answers: Ints, names: Sequence[str]) -> dict[str, Any] | None:
    """Count labels that are one of several with as many votes, and judge without them."""
    tied = judged.examples.tied
    if tied is None:
        return None
    without = None if tied.all() else _figures(judged.values[~tied], answers[~tied], names)
    return {"n": int(tied.sum()), "without": without}


def _figures(labels: Ints, answers: Ints, names: Sequence[str]) -> dict[str, Any]:
    confusion = Confusion.of(labels, answers, names)
    ci = intervals(confusion, np.random.default_rng(SEED))
    return {"n": len(labels), **asdict(headline(labels, answers)), "ci": ci}


@dataclass(frozen=True)
class AgeReport:
    """How well a network estimates ages."""

    content: dict[str, Any]
    """JSON types only."""
    confusion: Confusion


def age_report(judged: Judged) -> AgeReport:
    """Judge a network that gives each face a distribution over the years."""
    ages, estimates = judged.values, aging.mean_years(judged.scores)
    bands = aging.band_scores(judged.scores)
    answers, truth = bands.argmax(axis=1).astype(np.int64), aging.band_of(ages)
    confusion = Confusion.of(truth, answers, aging.BANDS)
    groups = aging.by_group(ages, estimates, answers, judged.examples.groups)
    adult = ages >= aging.ADULT_YEARS
    content = {
        **judged.counts(),
        **aging.errors(ages, estimates, answers),
        "ci": aging.error_intervals(ages, estimates, answers, np.random.default_rng(SEED)),
        "ece": reliability(bands, truth).ece,
        "adults": aging.errors(ages[adult], estimates[adult], answers[adult]),
        "minors": aging.errors(ages[~adult], estimates[~adult], answers[~adult]),
        "per_band": per_class(truth, answers, aging.BANDS),
        "confusion": confusion.as_json(),
        "groups": groups,
        "worst_group": aging.worst(groups),
    }
    return AgeReport(content, confusion)


def drift_report(reference: Judged, other: Judged, names: Sequence[str]) -> dict[str, Any]:
    """Compare two sets: pictures, answers, and labels where both have them.

    Args:
        reference: the set that the figures are of.
        other: the second set; labels are not needed.
        names: of the classes, or of the bands if the scores are over years.
    """
    first, second = (_classed(judged, names) for judged in (reference, other))
    answers = first.scores.argmax(axis=1), second.scores.argmax(axis=1)
    content: dict[str, Any] = {
        **other.counts(),
        "statistics": drift.compared(*(_statistics(judged) for judged in (first, second))),
        "answer_mix": drift.mixes(*answers, names),
        "label_mix": None,
        "estimated_label_mix": None,
        "score": None,
    }
    if reference.examples.values is not None:
        confusion = Confusion.of(first.values, answers[0], names)
        content["estimated_label_mix"] = drift.estimated_mix(confusion.shares, answers[1], names)
        if other.examples.values is not None:
            content["label_mix"] = drift.mixes(first.values, second.values, names)
            content["score"] = asdict(headline(second.values, answers[1]))
    return content


def _classed(judged: Judged, names: Sequence[str]) -> Judged:
    """Sum scores over years, and sort ages, into bands."""
    if judged.scores.shape[1] == len(names):
        return judged
    ages = judged.examples.values
    examples = replace(judged.examples, values=None if ages is None else aging.band_of(ages))
    return Judged(examples, aging.band_scores(judged.scores), judged.skipped)


def _statistics(judged: Judged) -> dict[str, Floats]:
    images = (image for image in judged.examples.images() if image is not None)
    return drift.statistics(images, judged.scores)
