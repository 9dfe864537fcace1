"""Whether a network answers as it did before, in words and as a table; knows nothing of Streamlit.

What is compared, and by what: `moodtrace.drift`.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import pandas as pd

from dashboard.queries_norms import candidates
from moodtrace.drift import CONFIDENCE, LEAST, Drift, Shift
from moodtrace.quality import NAMES
from moodtrace.screening import Screening
from moodtrace.stability import Verdict

MEASURES: Final = {CONFIDENCE: "confidence of the emotion model", **NAMES}
"""What people read for each measure."""
VERDICTS: Final[dict[Verdict, str]] = {
    "alike": "as before",
    "shifting": "somewhat different",
    "shifted": "different",
}
MEANING: Final = (
    "How sure the emotion model is of the faces of this screening, and of how many it says "
    "nothing, against earlier screenings with the same models, settings and kind of cameras. "
    "Somewhat different from a stability index of 0.1 beyond chance on, different above 0.25. "
    "It does not say whether the model is right: without labels nobody can. Another kind of "
    "content, light or audience moves it just as a model that no longer fits does; the table "
    "shows what else is different about the faces."
)


class Badge(NamedTuple):
    """What is said of drift at a glance."""

    words: str
    colour: Literal["gray", "green", "blue", "orange", "red"]
    icon: str


def past(of: Screening, others: Iterable[Screening]) -> list[Screening]:
    """Return the newest screenings before one that can be compared with it.

    Args:
        of: the one.
        others: all, newest first.
    """
    began = of.run.started_at
    return candidates(of, (other for other in others if other.run.started_at <= began))


def badge(found: Drift) -> Badge:
    """Say whether the network answers as before; of few screenings, that nobody knows."""
    shift = found.confidence
    if found.missing:
        said = f"no reference yet ({found.screenings} of {LEAST})"
        return Badge(f"Model drift: {said}", "gray", ":material/help:")
    if shift is None:
        return Badge("Model drift: nothing measured", "gray", ":material/help:")
    index = f"{shift.beyond_chance:.2f}"
    if shift.verdict == "alike":
        return Badge(f"Model drift: none ({index})", "green", ":material/check_circle:")
    if shift.is_usual:
        words = f"Model drift: no more than usual ({index})"
        return Badge(words, "blue", ":material/check_circle:")
    if shift.verdict == "shifting":
        return Badge(f"Model drift: some ({index})", "orange", ":material/trending_up:")
    return Badge(f"Model drift: large ({index})", "red", ":material/warning:")


def table(found: Drift) -> pd.DataFrame:
    """Return one record per measure: `measure`, `index`, `words`, `usual`."""
    columns = ["measure", "index", "words", "usual"]
    return pd.DataFrame([_record(shift) for shift in found.shifts], columns=columns)


def _record(shift: Shift) -> tuple[str, float, str, str]:
    return (
        MEASURES[shift.name].capitalize(),
        round(shift.beyond_chance, 3),
        VERDICTS[shift.verdict],
        f"{shift.as_large} of {shift.screenings}",
    )
