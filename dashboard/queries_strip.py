"""The heat strip under a trace: one emotion by camera, age band or zone, on the same time axis."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dashboard.words import percent
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES, EMOTIONS
from moodtrace.selection import Segment, Split

MOST_CELLS: Final = 600
"""Of a row of the strip; a screen shows no more."""
COLOURS: Final = 64
PLACES: Final = 3
WITHHELD_CELL: Final = -1
"""What stands for a second that may not be told; one without data is None."""

BY: Final[Mapping[Split, str]] = {"cameras": "camera", "ages": "age band", "zones": "zone"}

NONE: Final[Mapping[str, Any]] = {
    "heading": "",
    "rows": [],
    "x": [],
    "step": 1,
    "top": 1,
    "colours": [],
    "alt": "",
}
"""A strip of nothing."""

Values = npt.NDArray[np.float64]


def strip(
    segments: Mapping[str, Segment], split: Split, emotion: str, start: int = 0
) -> Mapping[str, Any]:
    """Return the strip as the player draws it.

    Args:
        segments: what may be told of each, by its name; all of the same seconds.
        split: what they are segments by.
        emotion: whose shares the colours tell.
        start: first second of content.

    Returns:
        `rows` of `name` and `values` in shares, `WITHHELD_CELL` or None; `x`, where the cells
        begin in seconds, `step` seconds wide; `top`, the share of the last of `colours`.
    """
    known = {name: segment for name, segment in segments.items() if len(segment.viewer)}
    if not known:
        return NONE
    place = EMOTIONS.index(emotion)
    shares = {name: _shares(segment, place) for name, segment in known.items()}
    hidden = {name: segment.withheld for name, segment in known.items()}
    return drawn(shares, hidden, split, emotion, start)


def drawn(
    shares: Mapping[str, Values],
    withheld: Mapping[str, npt.NDArray[np.bool_]],
    split: Split,
    emotion: str,
    start: int = 0,
    each: int = 1,
) -> Mapping[str, Any]:
    """Return the strip of shares that are known.

    Args:
        shares: `(n,)` of each segment, NaN where nothing may be told of it.
        withheld: `(n,)` of each, whether that is so for want of viewers.
        split: what they are segments by.
        emotion: whose shares they are.
        start: first second of content.
        each: seconds that one share is of.
    """
    if not shares:
        return NONE
    count = len(next(iter(shares.values())))
    width = -(-count // MOST_CELLS)
    step = width * each
    cells = {name: _cells(of, withheld[name], width) for name, of in shares.items()}
    averaged = f", {'mean of' if each == 1 else 'over'} {step} s each" if step > 1 else ""
    told = [v for row in cells.values() for v in row if v is not None and v != WITHHELD_CELL]
    return {
        "heading": f"{EMOTION_NAMES[emotion]} by {BY[split]}{averaged}",
        "rows": [{"name": name, "values": values} for name, values in cells.items()],
        "x": [start + second - 0.5 for second in range(0, count * each, step)],
        "step": step,
        "top": max([*told, 0.01]),
        "colours": list(_colours()),
        "alt": _alt(shares, split, emotion, start, each),
    }


def _shares(segment: Segment, emotion: int) -> Values:
    """Return `(s,)` the share who show it in each second; NaN where nobody may be told of."""
    seconds = len(segment.withheld)
    usable = np.bincount(segment.second, minlength=seconds)
    showing = np.bincount(segment.second, segment.showing[:, emotion], seconds)
    found: Values = np.divide(showing, usable, out=np.full(seconds, np.nan), where=usable > 0)
    return found


def _cells(shares: Values, withheld: npt.NDArray[np.bool_], step: int) -> list[float | None]:
    """Return the mean share of every `step` seconds, over those that have one."""
    starts = np.arange(0, len(shares), step)
    known = ~np.isnan(shares)
    sums, counts = (np.add.reduceat(of, starts) for of in (np.where(known, shares, 0), known * 1))
    are_withheld = np.logical_or.reduceat(withheld, starts)
    return [
        round(total / n, PLACES) if n else WITHHELD_CELL if is_withheld else None
        for total, n, is_withheld in zip(
            sums.tolist(), counts.tolist(), are_withheld.tolist(), strict=True
        )
    ]


@cache
def _colours() -> tuple[str, ...]:
    """Return cividis, which people with any kind of colour vision read alike, from low to high.

    Nunez, Anderton & Renslow, "Optimizing colormaps with consideration for color vision
    deficiency", PLoS ONE 13 (2018), e0199239.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return tuple(to_hex(colour) for colour in colormaps["cividis"](np.linspace(0, 1, COLOURS)))


def _alt(shares: Mapping[str, Values], split: Split, emotion: str, start: int, each: int) -> str:
    step = "second" if each == 1 else f"{each} s"
    said = [f"{EMOTION_NAMES[emotion]} by {BY[split]} and {step}."]
    for name, of in shares.items():
        if not np.isnan(of).all():
            at = int(np.nanargmax(of))
            when = playhead(start + at * each)
            said.append(f"{name}: highest {percent(float(of[at]))} at {when}.")
    return " ".join(said)
