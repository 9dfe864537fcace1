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
from dashboard.queries import HIGHLIGHTED, strongest_first
from dashboard.words import withheld
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
    best = _strongest_first(buckets, felt)[:HIGHLIGHTED]
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
    highlighted = _strongest_first(buckets, emotions)[:HIGHLIGHTED]
    words = withheld(screening.k)
    table = pd.DataFrame(
        {
            "second": [bucket.start for bucket in buckets],
            "time": [playhead(bucket.start) for bucket in buckets],
            "note": [queries_seconds.note(b.status, b.reason, b.usable_s, words) for b in buckets],
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
    hidden = {
        name: np.array(
            [
                bucket.status == "suppressed" or (name in of and of[name] is None)
                for bucket, of in zip(buckets, cells, strict=True)
            ],
            np.bool_,
        )
        for name in names
    }
    return queries_strip.drawn(shares, hidden, split, emotion, each=STEP_S)


def _share(cell: Cell | None, place: int) -> float:
    return cell.showing[place] / cell.usable if cell and cell.usable else np.nan


def _strongest_first(buckets: Sequence[Bucket], emotions: Sequence[Emotion]) -> list[Emotion]:
    return strongest_first(emotions, {e: _shown_s(buckets, e) for e in emotions})


def _shown_s(buckets: Sequence[Bucket], emotion: str) -> int:
    place = EMOTIONS.index(emotion)
    return sum(bucket.showing_s[place] for bucket in buckets)
