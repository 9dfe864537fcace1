"""Where a screening stands among those before it that can be compared with it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import numpy as np

from moodtrace.comparability import differences, kind
from moodtrace.labels import EMOTIONS
from moodtrace.metrics import ever_shown, is_shown, summarise, trace, valence
from moodtrace.screening import Screening
from moodtrace.timeline import Row

LEAST: Final = 10
"""Screenings from which on a percentile is told: with fewer, one of them moves it by over ten."""
LENGTHS_S: Final = (20, 45, 90)
"""Longest contents of a bracket: spots of 6 to 20 s, of 30 and 45 s, of 60 and 90 s, and films."""

Figures = Mapping[str, float | None]
"""By name, as of `key_figures`."""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """A screening with its figures: of such is a benchmark set, and such is held against it."""

    screening: Screening
    seconds: int
    """Length of its content."""
    figures: dict[str, float | None]


class Norm(msgspec.Struct, frozen=True, kw_only=True):
    """Where one figure stands."""

    value: float
    percentile: float
    """Share of the benchmark set below it, and half of those equal to it, 0 to 100."""
    n: int
    """Screenings of the set that have the figure."""
    lower: float
    """Quartiles of the set."""
    median: float
    upper: float


class Norms(msgspec.Struct, frozen=True, kw_only=True):
    """Where a screening stands."""

    n: int
    """Screenings of the benchmark set."""
    missing: int
    """How many more are needed before percentiles are told; 0 if none."""
    first: datetime | None
    """When the oldest of the set was; None without one."""
    last: datetime | None
    emotion_model: str
    """Of all of the set, as the detector, the kind (`live` or `recorded`) and the length."""
    detector: str
    kind: str
    length: str
    """In words: `21 to 45 s`."""
    left_out: dict[str, int]
    """Screenings that can't be compared, by the first thing in which they differ."""
    figures: dict[str, Norm]
    """By name, of those that this screening and `LEAST` of the set have."""


def past(screening: Screening, rows: Sequence[Row]) -> Past:
    """Sum up a screening for a benchmark set."""
    return Past(screening=screening, seconds=len(rows), figures=key_figures(rows, screening.k))


def key_figures(rows: Sequence[Row], k: int) -> dict[str, float | None]:
    """Return the figures that have norms; None for what is not known.

    Returns:
        `happy.average`, `happy.peak`, `happy.ever` and so on by emotion, in shares; `attention`,
        `expressiveness` and `valence`, averages over seconds. docs/reference/metrics.md has the
        formulas.
    """
    found: dict[str, float | None] = {}
    shown_ever = ever_shown(rows, k)
    for emotion in EMOTIONS:
        metrics = summarise(trace(rows, emotion, k))
        found[f"{emotion}.average"] = metrics.average
        found[f"{emotion}.peak"] = metrics.peak and metrics.peak.value
        found[f"{emotion}.ever"] = shown_ever[emotion]
    shown = [row for row in rows if is_shown(row, k)]
    found["attention"] = _average(shown, lambda row: _ratio(row.attending, row.posed))
    found["expressiveness"] = _average(shown, lambda row: _ratio(row.expressive, row.usable))
    found["valence"] = _average(shown, valence)
    return found


def norms(of: Past, others: Sequence[Past]) -> Norms:
    """Hold a screening against those that can be compared with it.

    Args:
        of: the screening.
        others: all there are; itself and those that can't be compared are left out.
    """
    reasons = [
        (_reason(of, other), other) for other in others if other.screening.id != of.screening.id
    ]
    chosen = [other for reason, other in reasons if not reason]
    dates = [other.screening.run.started_at for other in chosen]
    return Norms(
        n=len(chosen),
        missing=max(0, LEAST - len(chosen)),
        first=min(dates, default=None),
        last=max(dates, default=None),
        emotion_model=of.screening.emotion_model,
        detector=of.screening.detector,
        kind=kind(of.screening),
        length=_bracket(of.seconds),
        left_out=dict(Counter(reason for reason, _ in reasons if reason)),
        figures={
            name: norm
            for name, value in of.figures.items()
            if (norm := _norm(value, [other.figures.get(name) for other in chosen]))
        },
    )


def _reason(of: Past, other: Past) -> str:
    """Return why a screening is left out; empty if it is not."""
    if other.screening.state != "finished":
        return "not finished"
    if other.screening.viewing != of.screening.viewing:
        return "viewing"
    if _bracket(other.seconds) != _bracket(of.seconds):
        return "length"
    return next(iter(differences(of.screening, other.screening)), "")


def _bracket(seconds: int) -> str:
    """Return in words how long a content is."""
    shortest = 0
    for longest in LENGTHS_S:
        if seconds <= longest:
            return f"{shortest} to {longest} s" if shortest else f"up to {longest} s"
        shortest = longest + 1
    return f"over {LENGTHS_S[-1]} s"


def _norm(value: float | None, others: Sequence[float | None]) -> Norm | None:
    from scipy.stats import percentileofscore

    known = [other for other in others if other is not None]
    if value is None or len(known) < LEAST:
        return None
    lower, median, upper = np.quantile(known, (0.25, 0.5, 0.75)).tolist()
    return Norm(
        value=value,
        percentile=float(percentileofscore(known, value, kind="mean")),
        n=len(known),
        lower=lower,
        median=median,
        upper=upper,
    )


def _average(rows: Sequence[Row], figure: Callable[[Row], float | None]) -> float | None:
    found = [value for row in rows if (value := figure(row)) is not None]
    return sum(found) / len(found) if found else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
