"""A first look at content of half an hour and more: its trace by ten seconds; knows no Streamlit.

Its seconds take long to read, and buckets of them (`moodtrace.rollup`) next to nothing. What they
may not show they don't hold, so neither does a first look.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard import queries_seconds, queries_strip
from dashboard.charts import Traces
from dashboard.link import Link
from dashboard.queries import HIGHLIGHTED
from dashboard.words import gap_reason, withheld
from moodtrace.clock import playhead
from moodtrace.labels import EMOTIONS, Emotion
from moodtrace.markers import Marker
from moodtrace.rollup import LENGTHS_S, Bucket, intervals
from moodtrace.screening import Screening
from moodtrace.selection import Split
from moodtrace.timeline import Cell

LONG_S: Final = 1800
"""From this length on there is one."""
STEP_S: Final = LENGTHS_S[0]

_CELLS: Final[Mapping[Split, str]] = {"cameras": "by_camera", "zones": "zones"}
"""Where buckets have what the strip is made of; to age bands viewers belong in part there."""


def is_of(link: Link) -> bool:
    """Say whether a link wants what buckets hold: all viewers, all seconds, as measured."""
    chosen = link.ages or link.cameras or link.zones or link.start or link.end is not None
    return not chosen and link.baseline == "none" and not link.smooth


def telling(buckets: Sequence[Bucket]) -> list[Emotion]:
    """Return the emotions to begin with: the three strongest besides neutral, in wire order."""
    felt = [e for e in EMOTIONS if e != "neutral" and _shown_s(buckets, e)]
    best = _ranked(buckets, felt)[:HIGHLIGHTED]
    return [e for e in EMOTIONS if e in best] or ["neutral"]


def traces_of(
    screening: Screening,
    buckets: Sequence[Bucket],
    emotions: Sequence[Emotion],
    markers: Sequence[Marker],
    *,
    band: bool,
) -> Traces:
    """Return curves with their intervals, markers and veils; there are peaks of seconds alone.

    Args:
        screening: whose.
        buckets: of `STEP_S`, one or more.
        emotions: to draw.
        markers: scenes and moments of the content.
        band: whether to draw intervals.
    """
    highlighted = _ranked(buckets, emotions)[:HIGHLIGHTED]
    words = withheld(screening.k)
    table = pd.DataFrame(
        {
            "second": [bucket.start for bucket in buckets],
            "time": [playhead(bucket.start) for bucket in buckets],
            "note": [_note(bucket, words) for bucket in buckets],
        }
    )
    usable_s = np.array([bucket.usable_s or np.nan for bucket in buckets], np.float64)
    ends = intervals(buckets) if band else []
    drawn = table.copy()
    for emotion in emotions:
        place = EMOTIONS.index(emotion)
        showing_s = np.array([bucket.showing_s[place] for bucket in buckets], np.float64)
        drawn[f"share_{emotion}"] = showing_s / usable_s
        if band and emotion in highlighted:
            for name in ("low", "high"):
                drawn[f"{name}_{emotion}"] = [getattr(of[place], name) for of in ends]
    return Traces(
        seconds=table,
        curves=queries_seconds.traces(drawn, emotions, STEP_S),
        veils=queries_seconds.veils(table, STEP_S),
        peaks=[],
        emotions=emotions,
        highlighted=highlighted,
        unit=screening.unit,
        markers=markers,
        step=STEP_S,
    )


def strip_of(buckets: Sequence[Bucket], split: Split, emotion: str) -> Mapping[str, Any]:
    """Return the strip as the player draws it.

    Args:
        buckets: of `STEP_S`.
        split: what segments are by.
        emotion: whose shares the colours tell.
    """
    if split not in _CELLS:
        return queries_strip.NONE
    place = EMOTIONS.index(emotion)
    cells: list[Mapping[str, Cell | None]] = [getattr(b, _CELLS[split]) for b in buckets]
    names = sorted({name for of in cells for name, cell in of.items() if cell and cell.usable})
    shares = {
        name: np.array([_share(of.get(name), place) for of in cells], np.float64) for name in names
    }
    hidden = np.array([bucket.status != "gap" for bucket in buckets], np.bool_)
    return queries_strip.drawn(shares, dict.fromkeys(shares, hidden), split, emotion, each=STEP_S)


def _share(cell: Cell | None, place: int) -> float:
    return cell.showing[place] / cell.usable if cell and cell.usable else np.nan


def _ranked(buckets: Sequence[Bucket], emotions: Sequence[Emotion]) -> list[Emotion]:
    """Return emotions by who showed them, most first; neutral, which tells least, comes last."""
    return sorted(emotions, key=lambda e: (e == "neutral", -_shown_s(buckets, e)))


def _shown_s(buckets: Sequence[Bucket], emotion: str) -> int:
    place = EMOTIONS.index(emotion)
    return sum(bucket.showing_s[place] for bucket in buckets)


def _note(bucket: Bucket, why_withheld: str) -> str:
    """Say why a bucket shows no curve; empty if it does."""
    if bucket.status == "gap":
        return f"no data: {gap_reason(bucket.reason)}"
    if bucket.status == "suppressed":
        return why_withheld
    return "" if bucket.usable_s else "no usable face"
