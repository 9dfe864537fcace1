"""The heat strip under a trace: one emotion by camera, age band or zone, on the same time axis."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dashboard.words import percent
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES
from moodtrace.metrics import share
from moodtrace.selection import Split
from moodtrace.small_cells import WITHHELD
from moodtrace.timeline import Row

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


def strip(segments: Mapping[str, Sequence[Row]], split: Split, emotion: str) -> Mapping[str, Any]:
    """Return the strip as the player draws it.

    Args:
        segments: rows of each segment alone, by its name; all of the same seconds.
        split: what they are segments by.
        emotion: whose shares the colours tell.

    Returns:
        `rows` of `name` and `values` in shares, `WITHHELD_CELL` or None; `x`, where the cells
        begin in seconds, `step` seconds wide; `top`, the share of the last of `colours`.
    """
    known = {name: rows for name, rows in segments.items() if any(row.usable for row in rows)}
    if not known:
        return NONE
    seconds = [row.second for row in next(iter(known.values()))]
    step = -(-len(seconds) // MOST_CELLS)
    cells = {name: _cells(rows, emotion, step) for name, rows in known.items()}
    shares = [v for row in cells.values() for v in row if v is not None and v != WITHHELD_CELL]
    return {
        "heading": f"{EMOTION_NAMES[emotion]} by {BY[split]}",
        "rows": [{"name": name, "values": values} for name, values in cells.items()],
        "x": [second - 0.5 for second in seconds[::step]],
        "step": step,
        "top": max([*shares, 0.01]),
        "colours": list(_colours()),
        "alt": _alt(known, split, emotion),
    }


def _cells(rows: Sequence[Row], emotion: str, step: int) -> list[float | None]:
    """Return the mean share of every `step` seconds, over those that have one."""
    return [_cell(rows[at : at + step], emotion) for at in range(0, len(rows), step)]


def _cell(rows: Sequence[Row], emotion: str) -> float | None:
    known = [value for row in rows if (value := share(row, emotion)) is not None]
    if known:
        return round(sum(known) / len(known), PLACES)
    return WITHHELD_CELL if any(row.gap == WITHHELD for row in rows) else None


@cache
def _colours() -> tuple[str, ...]:
    """Return cividis, which people with any kind of colour vision read alike, from low to high.

    Nunez, Anderton & Renslow, "Optimizing colormaps with consideration for color vision
    deficiency", PLoS ONE 13 (2018), e0199239.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return tuple(to_hex(colour) for colour in colormaps["cividis"](np.linspace(0, 1, COLOURS)))


def _alt(segments: Mapping[str, Sequence[Row]], split: Split, emotion: str) -> str:
    said = [f"{EMOTION_NAMES[emotion]} by {BY[split]} and second."]
    for name, rows in segments.items():
        known = [(value, -row.second) for row in rows if (value := share(row, emotion)) is not None]
        if known:
            value, second = max(known)
            said.append(f"{name}: highest {percent(value)} at {playhead(-second)}.")
    return " ".join(said)
