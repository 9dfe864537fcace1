"""Who could see the screen, who looked, for how long, and whether the content kept them."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from moodtrace.estimates import Estimate, Window, figure, known_seconds, proportion, ratio, share
from moodtrace.impact import EDGE_SECONDS
from moodtrace.measures import attending, captured, watching
from moodtrace.metrics import is_shown, once
from moodtrace.timeline import Row

CAPTURE_SECONDS: Final = (3, 5, 8)
"""In how many first seconds of content capture is read."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and times of viewers, as digital signage defines them; times have steps of 1 s.

    Quividi, "Glossary: VidiCenter charts",
    https://help.quividi.com/en/support/solutions/articles/24000069348-glossary-vidicenter-charts
    """

    ots: int
    """Opportunities to see: viewers seen."""
    watchers: int
    """Viewers who attended for 1 s or more."""
    conversion: Estimate | None
    """Watchers / OTS, 0 to 1."""
    dwell_s: Estimate | None
    """Mean over watchers of the seconds in which they were seen."""
    attention_s: Estimate | None
    """Mean over watchers of the seconds in which they attended; at most `dwell_s`."""
    attraction: Estimate | None
    """Attention time / dwell time of all watchers, 0 to 1."""


def reach(rows: Sequence[Row], k: int) -> Reach:
    """Return who was reached, over the seconds that are shown."""
    people = [viewer for row in rows if is_shown(row, k) for viewer in row.people]
    seen = Counter(viewer.id for viewer in people)
    attended = Counter(viewer.id for viewer in people if viewer.attending)
    watchers = sorted(attended)
    dwell_s = np.array([seen[viewer] for viewer in watchers], np.float64)
    attention_s = np.array([attended[viewer] for viewer in watchers], np.float64)
    n = len(watchers)
    return Reach(
        ots=len(seen),
        watchers=n,
        conversion=proportion(once(rows, watching, k), k),
        dwell_s=figure(lambda draws: draws @ dwell_s / n, n, k),
        attention_s=figure(lambda draws: draws @ attention_s / n, n, k),
        attraction=share(
            lambda draws: (draws @ attention_s) / (draws @ dwell_s), attention_s / dwell_s, k
        ),
    )


def capture(rows: Sequence[Row], seconds: int, k: int) -> Estimate | None:
    """Return the share who attended or were expressive in any of the first seconds of content.

    Of the viewers of whom either is known in these seconds; 0 to 1. Our own definition.
    """
    first = Window("capture", 0, seconds).of(rows)
    return proportion(once(first, captured, k), k)


def hold(rows: Sequence[Row], k: int) -> Estimate | None:
    """Return the attention at the end / at the beginning: 1 if nobody was lost, 0 if all.

    Each is the average of `EDGE_SECONDS` in which attention is known; None if they would overlap.
    """
    known = known_seconds(rows, attending, k)
    if len(known) < 2 * EDGE_SECONDS:
        return None
    return ratio(known[-EDGE_SECONDS:], known[:EDGE_SECONDS], attending, k)
