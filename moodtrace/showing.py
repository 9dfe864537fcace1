"""What is being shown to whom, and where its content stands; knows no store, no camera, no rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moodtrace.playhead import Stretch


class Showing(NamedTuple):
    """A screening that is running, or was until just now."""

    screening_id: str
    """Of the first viewing."""
    stretches: tuple[Stretch, ...]
    """What was done to its content so far."""


Showings = Mapping[str, Sequence[Showing]]
"""By audience; no two of one audience played at the same time."""


class Board(NamedTuple):
    """What was shown, as far as somebody knows who asks again and again."""

    showings: Showings
    as_of_ms: int
    """When it was asked for, on the steady clock: what was done before is on it."""


@dataclass(frozen=True)
class Shown:
    """One viewing that is being shown, or was until just now."""

    screening_id: str
    """Of the viewing's own trace."""
    viewing: int
    stretches: Sequence[Stretch]
