"""What the list of screenings says of each; knows nothing of Streamlit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from moodtrace.cameras import CameraStatus
from moodtrace.clock import playhead
from moodtrace.metrics import coverage, is_shown
from moodtrace.screening import Screening, State
from moodtrace.timeline import Row

STATE_WORDS: Final[Mapping[State, str]] = {
    "running": "Running",
    "finished": "Finished",
    "interrupted": "Interrupted",
    "failed": "Failed",
}


class Figures(NamedTuple):
    """What the rows of a screening come to."""

    seconds: int
    viewers: int
    """Most in one second that is shown."""
    coverage: float | None
    """Usable / seen, over all that is shown."""


def figures(rows: Sequence[Row], k: int) -> Figures:
    """Sum up the seconds that may be shown."""
    shown = [row for row in rows if is_shown(row, k)]
    return Figures(len(rows), max((row.viewers for row in shown), default=0), coverage(shown))


def matching(screenings: Iterable[Screening], words: str) -> list[Screening]:
    """Return those in which each word is somewhere: in content, audience, id or a camera."""
    wanted = words.casefold().split()
    return [s for s in screenings if all(word in _said_of(s) for word in wanted)]


def overview(
    screenings: Sequence[Screening],
    of: Mapping[str, Figures],
    statuses: Mapping[str, CameraStatus],
) -> pd.DataFrame:
    """Return one record per screening, in the given order.

    Args:
        screenings: what is listed.
        of: their figures, by id.
        statuses: how cameras fare, by name; those of live screenings that run.
    """
    return pd.DataFrame(
        {
            "open": f"screening?screening={screening.id}",
            "content": screening.content,
            "state": STATE_WORDS[screening.state],
            "audience": screening.audience,
            "cameras": cameras_up(screening, statuses),
            "viewers": of[screening.id].viewers,
            "coverage": of[screening.id].coverage,
            "length": playhead(of[screening.id].seconds),
            "started": screening.run.started_at,
            "model": screening.emotion_model,
        }
        for screening in screenings
    )


def cameras_up(screening: Screening, statuses: Mapping[str, CameraStatus]) -> str:
    """Return how many cameras work, or were read without a problem: `2/3`."""
    if screening.live and screening.state == "running":
        found = (statuses.get(name) for name in screening.cameras)
        up = sum(status is not None and status.state == "live" for status in found)
    else:
        up = sum(not source.problem for source in screening.sources.values())
        up += len(set(screening.cameras) - screening.sources.keys())
    return f"{up}/{len(screening.cameras)}"


def _said_of(screening: Screening) -> str:
    names = (screening.id, screening.content, screening.audience, *screening.cameras)
    return " ".join(names).casefold()
