"""From the store to all that the page of one screening shows; knows nothing of Streamlit.

All figures come from the document that `moodtrace export` writes, or the functions that make it,
so page and export agree, and a second that may not be shown never gets this far.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from moodtrace.baseline import Corrected, corrected
from moodtrace.export import Document, document
from moodtrace.labels import EMOTIONS, Baseline, Emotion
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.metrics import Point, coverage, is_shown, peaks, trace
from moodtrace.screening import Screening
from moodtrace.selection import Selection, Split, choices, selected
from moodtrace.store import Store
from moodtrace.timeline import Row

HIGHLIGHTED: Final = 3
"""Curves that stand out; more can't be told apart at a glance."""

EVERYBODY: Final = Selection()


class Whole(NamedTuple):
    """A screening, before anything of it is chosen."""

    screening: Screening
    stored: Sequence[Row]
    read: Corrected
    """The same with a baseline taken off."""
    ledger: Ledger
    choices: Mapping[str, Mapping[str, int]]
    """By `Split`, then by segment: most viewers that it shows at once."""


class View(NamedTuple):
    """What is shown of a screening: some of its viewers in some of its seconds."""

    screening: Screening
    length: int
    """Seconds of the whole content."""
    chosen: Selection
    everybody: Sequence[Row]
    """Rows of the range with all viewers; to be split by place or age."""
    rows: Sequence[Row]
    """Rows of what is chosen that may be shown."""
    document: Document


def read(
    store: Store, screening_id: str, baseline: Baseline = "none", chosen: Selection = EVERYBODY
) -> View:
    """Read one screening, with a baseline taken off.

    Raises:
        UnknownScreeningError: It was deleted meanwhile.
        UsageError: It is too old for its baselines to be corrected, or k forbids the choice.
        ServerAwayError: The store does not answer.
    """
    return view(whole(store, store.screening(screening_id), baseline), chosen)


def whole(store: Store, screening: Screening, baseline: Baseline) -> Whole:
    """Read all of a screening.

    Raises:
        UsageError: It is too old for its baselines to be corrected.
        ServerAwayError: The store does not answer.
    """
    stored = store.rows(screening.id)
    counts = store.ledger(screening.id)
    ledger = {camera: counts.get(camera, CameraLedger()) for camera in screening.cameras}
    found = corrected(screening, stored, baseline)
    return Whole(screening, stored, found, ledger, choices(found.rows, screening.k))


def view(of: Whole, chosen: Selection) -> View:
    """Choose what is shown.

    Raises:
        UsageError: k forbids the choice.
    """
    k = of.screening.k
    rows = selected(of.read.rows, chosen, k)
    return View(
        screening=of.screening,
        length=len(of.stored),
        chosen=chosen,
        everybody=selected(of.read.rows, Selection(start=chosen.start, end=chosen.end), k),
        rows=[row for row in rows if is_shown(row, k)],
        document=document(of.screening, of.stored, of.ledger, of.read._replace(rows=rows), chosen),
    )


def is_part(view: View) -> bool:
    """Say whether not all viewers are chosen."""
    return bool(view.chosen.ages or view.chosen.by_place)


def covered(view: View) -> float | None:
    """Return usable / seen faces over all that is shown; None if no face was seen."""
    return coverage(view.rows)


def count(view: View, status: str) -> int:
    """Return how many seconds are `ok`, `gap` or `suppressed`."""
    return sum(second["status"] == status for second in view.document["seconds"])


def ranked(view: View, emotions: Sequence[str]) -> list[str]:
    """Return emotions by their average, highest first; neutral, which tells least, comes last."""
    metrics = view.document["metrics"]
    return sorted(emotions, key=lambda e: (e == "neutral", -(metrics[e]["average"] or 0)))


def telling(view: View) -> list[Emotion]:
    """Return the emotions to begin with: the three strongest besides neutral, in wire order."""
    metrics = view.document["metrics"]
    felt = [e for e in EMOTIONS if e != "neutral" and metrics[e]["average"]]
    best = ranked(view, felt)[:HIGHLIGHTED] or ["neutral"]
    return [e for e in EMOTIONS if e in best]


def peaks_of(view: View, emotions: Sequence[str]) -> list[tuple[str, Point]]:
    """Return the most prominent peaks of each emotion, in the order of the content."""
    found = [
        (emotion, point)
        for emotion in emotions
        for point in peaks(trace(view.rows, emotion, view.screening.k))
    ]
    return sorted(found, key=lambda pair: (pair[1].second, pair[0]))


def segments(view: View, split: Split) -> dict[str, list[Row]]:
    """Return rows of each segment alone, by its name; all viewers are split, chosen or not.

    A second that may not be told of a segment is a gap in it.
    """
    k = view.screening.k
    return {
        name: selected(view.everybody, replace(EVERYBODY, **{split: (name,)}), k)
        for name in choices(view.everybody, k)[split]
    }
