"""Where the figures of a screening stand among those before it, in words."""

from collections.abc import Iterable, Sequence
from typing import Final

from dashboard.queries import EVERYBODY, View
from dashboard.queries_figures import Figure
from dashboard.words import key_figure
from moodtrace.comparability import differences
from moodtrace.norms import LEAST, Norms
from moodtrace.screening import Screening

MOST_PAST: Final = 100
"""Screenings of a benchmark set at most: the newest ones."""


def has_norm(view: View) -> bool:
    """Say whether norms are of what is shown: all viewers, all seconds, as measured."""
    finished = view.screening.state == "finished"
    return finished and view.chosen == EVERYBODY and view.baseline == "none"


def candidates(of: Screening, others: Iterable[Screening]) -> list[Screening]:
    """Return the newest screenings that may be in the benchmark set of one.

    Args:
        of: the one.
        others: all, newest first.
    """
    found = [
        other
        for other in others
        if other.id != of.id and other.state == "finished" and not differences(of, other)
    ]
    return found[:MOST_PAST]


def said(norms: Norms, figures: Sequence[Figure]) -> str:
    """Say where the tiles stand, and among what; or how many screenings that takes."""
    if norms.missing or norms.first is None or norms.last is None:
        return f"No norm yet: {norms.n} of {LEAST} comparable screenings."
    stand = [
        f"{figure.label.lower()} {_ordinal(norm.percentile)} percentile (median {median})"
        for figure in figures
        if (norm := norms.figures.get(figure.name))
        for median in [key_figure(figure.name, norm.median)]
    ]
    days = f"{norms.first:%Y-%m-%d} to {norms.last:%Y-%m-%d}"
    among = f"{norms.n} {norms.kind} screenings, {norms.length}, {norms.emotion_model}, {days}"
    return f"Norm: {', '.join(stand)}. Among {among}."


def _ordinal(percentile: float) -> str:
    place = round(percentile)
    teens = 10 < place % 100 < 14
    return f"{place}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"
