"""What the player draws, as columns; knows neither Streamlit nor the browser."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from tsdownsample import MinMaxLTTBDownsampler

from dashboard import queries
from dashboard.charts_layout import share_top
from dashboard.charts_palette import DASHES, Palette
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES, EMOTIONS
from moodtrace.metrics import Point
from moodtrace.timeline import Row
from moodtrace.uncertainty import wilson_bands

MOST_POINTS: Final = 2000
"""Of all curves together; a screen has no more columns."""
MOST_CELLS: Final = 600
"""Of a row of the strip."""
PLACES: Final = 3
HEIGHT_PX: Final = 320

Values = npt.NDArray[np.float64]


def drawing(
    view: queries.View,
    emotions: Sequence[str],
    highlighted: Sequence[str],
    peaks: Sequence[tuple[str, Point]],
    markers: Sequence[tuple[float, str]],
    palette: Palette,
    *,
    within: tuple[int, int],
    band: bool,
) -> dict[str, Any]:
    """Return the trace and the strip below it.

    Args:
        view: what is known of the screening.
        emotions: curves to draw.
        highlighted: those of them that stand out, with their bands.
        peaks: to mark, by emotion.
        markers: scenes and moments of the content: second and label.
        palette: of the theme.
        within: the seconds to show, the second one excluded.
        band: whether to draw 95 % intervals.
    """
    table = queries.seconds(view)
    kept = kept_points(table, emotions)
    shares = {e: table[f"share_{e}"].to_numpy(np.float64) for e in emotions}
    top = share_top(queries.traces(table, emotions))
    bands = _bands(view.rows, len(table), highlighted) if band else {}
    return {
        "x": table["second"].to_numpy()[kept].tolist(),
        "length": len(table),
        "range": list(within),
        "top": top,
        "height": HEIGHT_PX,
        "series": [
            {
                "name": EMOTION_NAMES[e],
                "colour": palette.emotions[e],
                "dash": DASHES[e],
                "strong": e in highlighted,
                "values": _column(shares[e][kept]),
                "low": _column(bands[e][0][kept]) if e in bands else None,
                "high": _column(bands[e][1][kept]) if e in bands else None,
            }
            for e in emotions
        ],
        "veils": queries.veils(table)[["start", "end", "kind"]].to_dict("records"),
        "markers": [{"start": start, "label": label} for start, label in markers],
        "peaks": [
            {
                "t": point.second,
                "value": point.value,
                "label": f"{queries.percent(point.value)} at {playhead(point.second)}",
                "colour": palette.emotions[emotion],
            }
            for emotion, point in peaks
        ],
        "grid": palette.grid,
        "veil": palette.hatch,
        "alt": queries.description(view, emotions),
        "strip": _no_strip(),
    }


def kept_points(table: pd.DataFrame, emotions: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the places of the seconds that are drawn: all, or those that curves hinge on.

    Peaks and troughs stay, and so do the ends of each stretch without data. Steinarsson,
    "Downsampling Time Series for Visual Representation" (2013), after the extremes of each bin.
    """
    if len(table) * len(emotions) <= MOST_POINTS:
        return np.arange(len(table))
    each = max(3, MOST_POINTS // max(1, len(emotions)) ** 2)
    marks = {0, len(table) - 1}
    for emotion in emotions:
        share = table[f"share_{emotion}"].to_numpy(np.float64)
        known = np.flatnonzero(~np.isnan(share))
        if len(known) > each:
            found = MinMaxLTTBDownsampler().downsample(share[known], n_out=each)
            known = known[found.astype(np.intp)]
        marks.update(known.tolist())
        edges = np.flatnonzero(np.diff(np.isnan(share).astype(np.int8)))
        marks.update(edges.tolist(), (edges + 1).tolist())
    return np.array(sorted(marks), np.intp)


def _bands(
    rows: Sequence[Row], seconds: int, emotions: Sequence[str]
) -> Mapping[str, tuple[Values, Values]]:
    """Return the ends of each second's 95 % interval; NaN where nothing is shown."""
    usable = np.zeros(seconds)
    showing = np.zeros((len(EMOTIONS), seconds))
    for row in rows:
        usable[row.second] = row.usable
        showing[:, row.second] = row.showing
    return {e: wilson_bands(showing[EMOTIONS.index(e)], usable) for e in emotions}


def _column(values: Values) -> list[float | None]:
    return [None if np.isnan(v) else round(float(v), PLACES) for v in values]


def _no_strip() -> dict[str, Any]:
    return {"rows": [], "x": [], "step": 1, "top": 1, "colours": [], "alt": ""}
