"""Every figure of ad testing over one screening; docs/reference/metrics.md defines them."""

from collections.abc import Sequence

import msgspec

from moodtrace.estimates import Estimate, Window, average, change, level
from moodtrace.impact import Impact, impact
from moodtrace.measures import Measure, attending, expressive, showing, valence
from moodtrace.metrics import once
from moodtrace.reach import CAPTURE_SECONDS, Reach, capture, hold, reach
from moodtrace.timeline import Row
from moodtrace.uncertainty import verdict


class Moves(msgspec.Struct, frozen=True):
    """One measure around a window."""

    average: Estimate | None
    """In it."""
    change: Estimate | None
    """From as many seconds before it to as many after."""


class WindowFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one window."""

    name: str
    start: int
    end: int
    """The second after its last."""
    emotions: dict[str, Moves]
    """Shares of viewers who show each, by emotion."""
    valence: Moves
    attention: Moves
    expressiveness: Moves


class AdTest(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one screening."""

    usable: int
    """Viewers who could be scored in any second that is shown."""
    verdict: str
    """What figures of so many viewers are good for."""
    reach: Reach
    capture: dict[int, Estimate | None]
    """By seconds from the start of the content."""
    hold: Estimate | None
    valence: Estimate | None
    attention: Estimate | None
    expressiveness: Estimate | None
    emotions: dict[str, Impact]
    windows: list[WindowFigures]


def ad_test(
    rows: Sequence[Row], emotions: Sequence[str], windows: Sequence[Window], k: int
) -> AdTest:
    """Return the figures of a screening, over the seconds that are shown.

    Args:
        rows: in the order of their seconds.
        emotions: of which figures are wanted.
        windows: around which figures are wanted.
        k: figures of fewer viewers are withheld.
    """
    usable = once(rows, expressive, k).known
    return AdTest(
        usable=usable,
        verdict=verdict(usable),
        reach=reach(rows, k),
        capture={seconds: capture(rows, seconds, k) for seconds in CAPTURE_SECONDS},
        hold=hold(rows, k),
        valence=level(rows, valence, k),
        attention=average(rows, attending, k),
        expressiveness=average(rows, expressive, k),
        emotions={emotion: impact(rows, emotion, k) for emotion in emotions},
        windows=[around(rows, window, emotions, k) for window in windows],
    )


def around(rows: Sequence[Row], window: Window, emotions: Sequence[str], k: int) -> WindowFigures:
    """Return what happened in a window, and from before it to after it.

    Args:
        rows: in the order of their seconds, of what lies around it too.
        window: which.
        emotions: of which figures are wanted.
        k: figures of fewer viewers are withheld.
    """
    inside, before, after = (part.of(rows) for part in (window, window.before, window.after))

    def moves(measure: Measure) -> Moves:
        return Moves(average(inside, measure, k), change(before, after, measure, k))

    return WindowFigures(
        name=window.name,
        start=window.start,
        end=window.end,
        emotions={emotion: moves(showing(emotion)) for emotion in emotions},
        valence=moves(valence),
        attention=moves(attending),
        expressiveness=moves(expressive),
    )
