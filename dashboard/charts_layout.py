"""Where things go on a chart: axis ends, ticks, and labels that keep out of each other's way."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from moodtrace.metrics import Point

TRACE_PX: Final = (320, 52)
"""Bottom and top of the trace; the space above is for the labels of high peaks."""
STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Distances of the time axis' ticks that people can count in."""
MOST_TICKS: Final = 8
NAME_PX: Final = 16
"""Height of a name at the end of a line."""
PEAK_LABEL_PX: Final = 32
PEAK_LABEL_WIDTH: Final = 0.14
"""Width of a peak's label as a part of the time axis on a telephone."""
MARKER_PX: Final = 92
"""Longest name of a scene or moment."""
MARKER_WIDTH: Final = 0.12
"""The same, with a space, as a part of the time axis on a laptop."""


def share_top(shares: Iterable[float]) -> float:
    """Return the top of the share axis: the multiple of 20 % that none exceeds."""
    return max(1, math.ceil(max(shares, default=0) * 5)) / 5


def spread(values: Sequence[float], apart: float, top: float) -> list[float]:
    """Move label positions so that they lie at least `apart` from each other, the highest at `top`.

    Args:
        values: Where the labels would like to be, in any order.
        apart: Smallest distance of two labels.
        top: Highest position.

    Returns:
        Positions in the order of `values`; the order of the labels is kept.
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    placed = [0.0] * len(values)
    floor = 0.0
    for i in order:
        placed[i] = max(values[i], floor)
        floor = placed[i] + apart
    ceiling = top
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - apart
    return placed


def ticks(seconds: int, first: int = 0) -> list[int]:
    """Return the seconds that a time axis of so many seconds names, from `first` on."""
    step = next((s for s in STEPS_S if seconds / s <= MOST_TICKS), STEPS_S[-1])
    return list(range(-(-first // step) * step, first + seconds, step))


def uncrowded(peaks: Sequence[tuple[str, Point]], top: float, seconds: int) -> list[Point]:
    """Return the peaks that have room for a label; where two would overlap, the higher has it."""
    kept: list[Point] = []
    near_s, near_share = seconds * PEAK_LABEL_WIDTH, share_of_px(PEAK_LABEL_PX, top)
    for _, peak in sorted(peaks, key=lambda pair: (-pair[1].value, pair[1].second)):
        if not any(
            abs(peak.second - other.second) < near_s and abs(peak.value - other.value) < near_share
            for other in kept
        ):
            kept.append(peak)
    return kept


def share_of_px(px: float, top: float) -> float:
    """Turn a height in pixels into a difference of shares."""
    return px / (TRACE_PX[0] - TRACE_PX[1]) * top


def apart(starts: Sequence[float], width: float) -> set[int]:
    """Return the places of those, in the order of their start, that begin where none lies yet."""
    kept: set[int] = set()
    free = -math.inf
    for place, start in enumerate(starts):
        if start >= free:
            kept.add(place)
            free = start + width
    return kept
