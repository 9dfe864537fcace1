"""The tiles above a trace: the figures that say most, each with its 95 % interval."""

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.queries import View, covered
from dashboard.words import interval, percent, signed, signed_interval
from moodtrace.clock import playhead
from moodtrace.estimates import Estimate, average, coverage, level, proportion
from moodtrace.labels import EMOTION_NAMES
from moodtrace.measures import attending, showing, valence
from moodtrace.metrics import once
from moodtrace.timeline import Row
from moodtrace.uncertainty import verdict


class Figure(NamedTuple):
    """One figure of a tile."""

    name: str
    """As norms call it: `happy.peak`."""
    label: str
    value: str
    interval: str
    """Empty without one."""
    place: str = ""
    """Where in the content."""


def figures(view: View, emotions: Sequence[str]) -> list[Figure]:
    """Return peak and average of the emotion that peaks highest, valence, attention, coverage."""
    rows, k = view.rows, view.screening.k
    feeling, looking = level(rows, valence, k), average(rows, attending, k)
    return [
        *_of_emotion(view, emotions),
        Figure(
            "valence",
            "Valence",
            signed(feeling.value if feeling else None),
            signed_interval(feeling),
        ),
        Figure(
            "attention", "Attention", percent(looking.value if looking else None), interval(looking)
        ),
        Figure("coverage", "Face coverage", percent(covered(view)), interval(coverage(rows, k))),
    ]


def viewers(view: View) -> str:
    """Say how many viewers were scored, and what that is good for: `41 viewers: directional`."""
    scored = once(view.rows, showing("neutral"), view.screening.k).known
    return f"{scored} viewers scored: {verdict(scored)}"


def _of_emotion(view: View, emotions: Sequence[str]) -> list[Figure]:
    metrics = view.metrics
    measured = [e for e in emotions if metrics[e]["peak"]]
    if not measured:
        return []
    best = max(measured, key=lambda e: (e != "neutral", metrics[e]["peak"]["value"]))
    name, peak = EMOTION_NAMES[best].lower(), metrics[best]["peak"]
    return [
        Figure(
            f"{best}.peak",
            f"Peak {name}",
            percent(peak["value"]),
            interval(share_at(view.rows, best, peak["t"], view.screening.k)),
            f"at {playhead(peak['t'])}",
        ),
        Figure(
            f"{best}.average",
            f"Average {name}",
            percent(metrics[best]["average"]),
            interval(average(view.rows, showing(best), view.screening.k)),
        ),
    ]


def share_at(rows: Sequence[Row], emotion: str, second: int, k: int) -> Estimate | None:
    """Return the share showing an emotion in one second; None if nothing is known of it."""
    return proportion(once([row for row in rows if row.second == second], showing(emotion), k), k)
