"""Tables of a screening: peaks, scenes, segments, and what became of frames.

Columns are numbers where people sort by them, shares in per cent; intervals stand beside in words.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard import queries
from dashboard.queries_figures import share_at
from dashboard.words import NOTHING, interval, signed_interval
from moodtrace.adtest import WindowFigures, around
from moodtrace.clock import playhead
from moodtrace.estimates import Seen, Window, average_of
from moodtrace.labels import EMOTION_NAMES, EMOTIONS
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.markers import Marker
from moodtrace.screening import Screening
from moodtrace.selection import Segment


def peaks_table(view: queries.View, emotions: Sequence[str]) -> pd.DataFrame:
    """Return the peaks of each emotion: `emotion`, `at`, `share`, `interval`, `n`."""
    k = view.screening.k
    found = []
    for emotion, point in queries.peaks_of(view, emotions):
        share = share_at(view.rows, emotion, point.second, k)
        found.append(
            (
                EMOTION_NAMES[emotion],
                playhead(point.second),
                100 * point.value,
                interval(share),
                share and share.n,
            )
        )
    return pd.DataFrame(found, columns=["emotion", "at", "share", "interval", "n"])


def scenes_table(
    view: queries.View, markers: Sequence[Marker], emotions: Sequence[str]
) -> pd.DataFrame:
    """Return one record per scene and emotion, in the order of the content.

    Returns:
        `scene`, `from`, `to`, `emotion`, `average`, `interval`, `change`, `change_interval`, `n`.
        The change is from as many seconds before the scene to as many after, in points.
    """
    rows, k = view.rows, view.screening.k
    return pd.DataFrame(
        [
            record
            for window in scenes(view, markers)
            for record in _of_scene(around(rows, window, emotions, k))
        ],
        columns=[
            *("scene", "from", "to", "emotion", "average", "interval"),
            *("change", "change_interval", "n"),
        ],
    )


def scenes(view: queries.View, markers: Sequence[Marker]) -> list[Window]:
    """Return the markers that last, of those that lie in the range whole."""
    start, end = view.chosen.start, view.chosen.end or view.length
    windows = [
        Window(marker.label, marker.second, -(-marker.end_ms // 1000))
        for marker in markers
        if marker.end_ms > marker.start_ms
    ]
    return [window for window in windows if start <= window.start and window.end <= end]


def segments_table(
    segments: Mapping[str, Segment], emotions: Sequence[str], k: int
) -> pd.DataFrame:
    """Return one record per segment and emotion: `segment`, `emotion`, `average`, `interval`, `n`.

    Args:
        segments: what may be told of each, by its name.
        emotions: of which averages are wanted.
        k: smallest cell of the screening.
    """
    found = []
    for name, segment in segments.items():
        for emotion in emotions:
            shows = segment.showing[:, EMOTIONS.index(emotion)].astype(np.float64)
            mean = average_of(Seen(segment.second, segment.viewer, shows), k)
            found.append(
                (
                    name,
                    EMOTION_NAMES[emotion],
                    mean and 100 * mean.value,
                    interval(mean) if mean else f"fewer than {k} viewers",
                    mean and mean.n,
                )
            )
    return pd.DataFrame(found, columns=["segment", "emotion", "average", "interval", "n"])


def ledger_table(screening: Screening, ledger: Ledger) -> pd.DataFrame:
    """Return what became of each camera's frames, with words for people as columns."""
    return pd.DataFrame(
        {
            "Camera": camera,
            "Source": source.name if (source := screening.sources.get(camera)) else NOTHING,
            "Captured": counts.captured,
            "Analysed": counts.analysed,
            "Dropped": sum(counts.dropped.values()),
            "Failed": sum(counts.failed.values()),
            "In flight": counts.in_flight,
            "Reasons": _reasons(counts) or NOTHING,
        }
        for camera in screening.cameras
        for counts in [ledger.get(camera, CameraLedger())]
    )


def _of_scene(found: WindowFigures) -> list[tuple[object, ...]]:
    return [
        (
            found.name,
            playhead(found.start),
            playhead(found.end),
            EMOTION_NAMES[emotion],
            moves.average and 100 * moves.average.value,
            interval(moves.average),
            moves.change and 100 * moves.change.value,
            signed_interval(moves.change, scale=100, places=0),
            moves.average and moves.average.n,
        )
        for emotion, moves in found.emotions.items()
    ]


def _reasons(counts: CameraLedger) -> str:
    both = [*sorted(counts.dropped.items()), *sorted(counts.failed.items())]
    return ", ".join(f"{reason.replace('_', ' ')}: {n}" for reason, n in both)
