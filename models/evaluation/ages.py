"""How far estimated ages are off, for all, per band, for adults, minors and groups."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import bootstrap
from sklearn.metrics import mean_absolute_error

from models.evaluation.scores import LEVEL, RESAMPLES
from moodtrace.labels import AGE_BANDS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

BANDS: Final = AGE_BANDS[:-1]
"""The bands that an age can fall into: all but `unknown`."""

EDGES: Final = tuple(int(band.rstrip("+").split("-")[0]) for band in BANDS[1:])
"""Years at which each band but the first begins."""

ADULT_YEARS: Final = 18
SMALLEST_GROUP: Final = 30
"""Groups with fewer faces are shown, but are not called the worst."""


def band_of(years: Ints | Floats) -> Ints:
    """Return the index into `BANDS` of each age in years."""
    return np.digitize(years, EDGES).astype(np.int64)


def mean_years(scores: Floats) -> Floats:
    """Return `(n,)` expected ages of `(n, y)` distributions over the years from 0."""
    years: Floats = scores @ np.arange(scores.shape[1], dtype=np.float64)
    return years


def band_scores(scores: Floats) -> Floats:
    """Sum `(n, y)` distributions over the years into `(n, 8)` distributions over `BANDS`."""
    return np.add.reduceat(scores, [0, *EDGES], axis=1)


def errors(ages: Ints, estimates: Floats, bands: Ints) -> dict[str, Any]:
    """Return n, mean absolute error in years and share of right bands; None for no faces.

    Args:
        ages: `(n,)` years.
        estimates: `(n,)` years.
        bands: `(n,)` answered indices into `BANDS`.
    """
    if not len(ages):
        return {"n": 0, "mae": None, "band_accuracy": None}
    return {
        "n": len(ages),
        "mae": float(mean_absolute_error(ages, estimates)),
        "band_accuracy": float(np.mean(bands == band_of(ages))),
    }


def error_intervals(
    ages: Ints, estimates: Floats, bands: Ints, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Return bootstrap percentile intervals of both figures of `errors`."""
    figures = {
        "mae": np.abs(ages - estimates),
        "band_accuracy": (bands == band_of(ages)).astype(np.float64),
    }
    return {name: _mean_interval(values, rng) for name, values in figures.items()}


def by_group(
    ages: Ints, estimates: Floats, bands: Ints, groups: Mapping[str, Ints]
) -> list[dict[str, Any]]:
    """Return the errors of every value of every group, the largest mean error first.

    The band of the true age is a group too; it goes by its name, all others by their code.
    """
    truth = band_of(ages)
    chosen = [("age band", BANDS[band], truth == band) for band in np.unique(truth).tolist()]
    for name, codes in groups.items():
        chosen += [(name, str(code), codes == code) for code in np.unique(codes).tolist()]
    rows = [
        {"group": name, "value": value, **errors(ages[own], estimates[own], bands[own])}
        for name, value, own in chosen
    ]
    return sorted(rows, key=lambda row: -row["mae"])


def worst(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the first group that has enough faces to be believed."""
    return next((row for row in rows if row["n"] >= SMALLEST_GROUP), None)


def _mean_interval(values: Floats, rng: np.random.Generator) -> tuple[float, float]:
    if len(values) < 2 or np.ptp(values) == 0:
        return float(values.mean()), float(values.mean())
    found = bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        batch=100,
        rng=rng,
    ).confidence_interval
    return float(found.low), float(found.high)
