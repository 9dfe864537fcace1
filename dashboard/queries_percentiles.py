"""Where figures stand among those of other screenings, as a table; knows nothing of Streamlit."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from dashboard.words import key_figure
from moodtrace.labels import EMOTION_NAMES
from moodtrace.norms import Norms

HIGH: Final = "\N{UPWARDS ARROW} high"
USUAL: Final = "\N{RIGHTWARDS ARROW} usual"
LOW: Final = "\N{DOWNWARDS ARROW} low"
QUARTILES: Final = (25, 75)
"""Percentiles up to which a figure is low, and from which it is high."""

REASONS: Final[Mapping[str, str]] = {
    "not finished": "it is not finished",
    "viewing": "another viewing of its content",
    "length": "content of another length",
    "emotion model": "another emotion model",
    "detector": "another face detector",
    "unit": "another unit",
    "kind": "live against recorded",
    "thresholds": "other thresholds of showing an emotion",
}
_PARTS: Final = {"average": "average", "peak": "peak", "ever": "shown at least once"}


def table(norms: Norms) -> pd.DataFrame:
    """Return one record per figure: its value, its percentile, and the quartiles of the others."""
    columns = ["figure", "value", "place", "percentile", "n", "lower", "median", "upper"]
    return pd.DataFrame(
        [
            (
                figure_name(name),
                key_figure(name, norm.value),
                place(norm.percentile),
                norm.percentile,
                norm.n,
                *(key_figure(name, part) for part in (norm.lower, norm.median, norm.upper)),
            )
            for name, norm in norms.figures.items()
        ],
        columns=columns,
    )


def left_out(norms: Norms) -> pd.DataFrame:
    """Return why others can't be compared: `reason`, `screenings`; commonest first."""
    counts = sorted(norms.left_out.items(), key=lambda pair: -pair[1])
    return pd.DataFrame(
        [(REASONS[reason], count) for reason, count in counts], columns=["reason", "screenings"]
    )


def about(norms: Norms) -> str:
    """Say in a sentence what the benchmark set is."""
    dates = f" of {norms.first:%Y-%m-%d} to {norms.last:%Y-%m-%d}" if norms.first else ""
    return (
        f"{norms.n} comparable screenings{dates}: {norms.kind}, {norms.length}, "
        f"emotion model {norms.emotion_model}, detector {norms.detector}."
    )


def figure_name(name: str) -> str:
    """Return what a figure of `norms.key_figures` is in words: `Happiness, peak`."""
    first, _, part = name.partition(".")
    return f"{EMOTION_NAMES[first]}, {_PARTS[part]}" if part else first.capitalize()


def place(percentile: float) -> str:
    """Return an arrow and a word: within the middle half is usual."""
    low, high = QUARTILES
    return LOW if percentile <= low else HIGH if percentile >= high else USUAL
