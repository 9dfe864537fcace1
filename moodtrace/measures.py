"""What one viewer did in one second, as a number; figures of an audience are means of these."""

from collections.abc import Callable

from moodtrace.affect import UNIT, VALENCE, weighed
from moodtrace.labels import EMOTIONS
from moodtrace.viewers import Viewer

Measure = Callable[[Viewer], float | None]
"""None if it is not known of this viewer; then the viewer does not count."""


def showing(emotion: str) -> Measure:
    """Make the measure of who shows `emotion`: 0 or 1, None if excluded."""
    place = EMOTIONS.index(emotion)
    return lambda viewer: None if viewer.excluded else float(place in viewer.showing)


def expressive(viewer: Viewer) -> float | None:
    """Return 1 for showing anything but neutral, else 0; None if excluded."""
    return None if viewer.excluded else float(viewer.expressive)


def attending(viewer: Viewer) -> float | None:
    """Return 1 for facing the screen, else 0; None if it was too small to tell."""
    return None if viewer.attending is None else float(viewer.attending)


def captured(viewer: Viewer) -> float | None:
    """Return 1 for attending or being expressive, else 0; None if neither is known."""
    known = (attending(viewer), expressive(viewer))
    return max((value for value in known if value is not None), default=None)


def watching(viewer: Viewer) -> float:
    """Return 1 for facing the screen, else 0; who is too small to tell does not watch."""
    return float(bool(viewer.attending))


def valence(viewer: Viewer) -> float | None:
    """Return the valence, -1 to 1; None if excluded or abstained."""
    silent = viewer.excluded or viewer.abstained
    return None if silent else weighed(viewer.emotion, VALENCE) / UNIT
