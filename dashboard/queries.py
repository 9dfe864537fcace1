"""From the store to all that the page of one screening shows; knows nothing of Streamlit.

All figures come from the document that `moodtrace export` writes, or the functions that make it,
so page and export agree, and a second that may not be shown never gets this far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from moodtrace.baseline import Corrected, corrected
from moodtrace.export import Document, content_sha256, document, metrics, seconds
from moodtrace.labels import EMOTIONS, Baseline, Emotion
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.metrics import Point, coverage, is_shown, peaks, trace
from moodtrace.screening import Screening
from moodtrace.selection import Choices, Segment, Selection, Split, choices, selected
from moodtrace.store import Store
from moodtrace.timeline import Row

E = TypeVar("E", bound=str)

HIGHLIGHTED: Final = 3
"""Curves that stand out; more can't be told apart at a glance."""

EVERYBODY: Final = Selection()


@dataclass(frozen=True)
class Whole:
    """A screening, before anything of it is chosen."""

    screening: Screening
    stored: Sequence[Row]
    read: Corrected
    """The same with a baseline taken off."""
    ledger: Ledger

    @cached_property
    def choices(self) -> Choices:
        """Return its segments."""
        return choices(self.read.rows, self.screening.k)

    @cached_property
    def content_sha256(self) -> str:
        """Return the hash of what is stored."""
        return content_sha256(self.stored)


@dataclass(frozen=True)
class View:
    """What is shown of a screening: some of its viewers in some of its seconds.

    What the first look at a page does not need is worked out when it is asked for.
    """

    whole: Whole
    chosen: Selection
    found: Sequence[Row]
    """Rows of the range with the chosen viewers, whether they may be shown or not."""

    @property
    def screening(self) -> Screening:
        """Return the record."""
        return self.whole.screening

    @property
    def length(self) -> int:
        """Return how many seconds the whole content has."""
        return len(self.whole.stored)

    @property
    def baseline(self) -> Baseline:
        """Return what was taken off."""
        return self.whole.read.baseline

    @cached_property
    def rows(self) -> Sequence[Row]:
        """Return the rows of what is chosen that may be shown."""
        return [row for row in self.found if is_shown(row, self.screening.k)]

    @cached_property
    def seconds(self) -> Sequence[Document]:
        """Return the seconds of the document, but for their segments."""
        return seconds(self.found, self.screening.k)

    @cached_property
    def metrics(self) -> Document:
        """Return the metrics of the document."""
        return metrics(self.found, self.screening.k)

    @cached_property
    def document(self) -> Document:
        """Return the document that `moodtrace export` writes of it."""
        of = self.whole
        rows = of.read._replace(rows=self.found)
        return document(of.screening, of.stored, of.ledger, rows, self.chosen)


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
    return of_rows(screening, store.rows(screening.id), store.ledger(screening.id), baseline)


def of_rows(
    screening: Screening, stored: Sequence[Row], counts: Ledger, baseline: Baseline
) -> Whole:
    """Put together what was read of a screening; raises as `whole`, but for the store."""
    ledger = {camera: counts.get(camera, CameraLedger()) for camera in screening.cameras}
    return Whole(screening, stored, corrected(screening, stored, baseline), ledger)


def view(of: Whole, chosen: Selection) -> View:
    """Choose what is shown.

    Raises:
        UsageError: k forbids the choice.
    """
    return View(of, chosen, selected(of.read.rows, chosen, of.screening.k))


def is_part(view: View) -> bool:
    """Say whether not all viewers are chosen."""
    return bool(view.chosen.ages or view.chosen.by_place)


def covered(view: View) -> float | None:
    """Return usable / seen faces over all that is shown; None if no face was seen."""
    return coverage(view.rows)


def count(view: View, status: str) -> int:
    """Return how many seconds are `ok`, `gap` or `suppressed`."""
    return sum(second["status"] == status for second in view.seconds)


def ranked(view: View, emotions: Sequence[str]) -> list[str]:
    """Return emotions by their average, as `strongest_first`."""
    metrics = view.metrics
    return strongest_first(emotions, {e: metrics[e]["average"] or 0 for e in emotions})


def strongest_first(emotions: Sequence[E], strength: Mapping[str, float]) -> list[E]:
    """Return emotions by their strength, highest first; neutral, which tells least, comes last."""
    return sorted(emotions, key=lambda e: (e == "neutral", -strength[e]))


def telling(view: View) -> list[Emotion]:
    """Return the emotions to begin with: the three strongest besides neutral, in wire order."""
    metrics = view.metrics
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


def segments(view: View, split: Split) -> Mapping[str, Segment]:
    """Return what may be told of each segment in the range: of all viewers, chosen or not."""
    within = range(*slice(view.chosen.start, view.chosen.end).indices(view.length))
    return view.whole.choices.segments(split, within)
