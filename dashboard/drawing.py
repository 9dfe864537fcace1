"""What the player draws, as columns; knows neither Streamlit nor the browser."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from tsdownsample import MinMaxLTTBDownsampler

from dashboard.charts import Traces, heading, share_top_of
from dashboard.charts_layout import spread
from dashboard.charts_palette import DASHES, Palette
from dashboard.words import percent
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES

MOST_POINTS: Final = 2000
"""In time, of all curves together; a screen has no more columns."""
THINNED: Final = "; drawn with as many points as a screen shows, peaks and gaps kept"
PLACES: Final = 3
HEIGHT_PX: Final = 320
NAME_PX: Final = 18
"""Height of a curve's name at its end."""

Values = npt.NDArray[np.float64]


def drawing(
    traces: Traces, strip: Mapping[str, Any], palette: Palette, *, length: int, alt: str
) -> dict[str, Any]:
    """Return the trace and the strip below it.

    Args:
        traces: what to draw, of one second of content or more.
        strip: as of `queries_strip.strip`.
        palette: of the theme.
        length: seconds of the content, of which `traces` may be a part.
        alt: the same in words.
    """
    top = share_top_of(traces)
    seconds = traces.seconds["second"]
    curves = {e: _curve(traces, e) for e in traces.emotions}
    kept = kept_points(np.array([curve["share"].to_numpy() for curve in curves.values()]))
    ends = _ends(traces, top)
    first, last = int(seconds.iloc[0]), int(seconds.iloc[-1])
    return {
        "x": seconds.to_numpy()[kept].tolist(),
        "length": length,
        "range": [first, min(last + traces.step, length)],
        "top": top,
        "height": HEIGHT_PX,
        "heading": heading(traces) + (THINNED if len(kept) < len(seconds) else ""),
        "series": [
            {
                "name": EMOTION_NAMES[e],
                "colour": palette.emotions[e],
                "dash": DASHES[e],
                "strong": e in traces.highlighted,
                "values": _column(curve["share"], kept),
                "low": _column(curve["low"], kept) if curve["low"].notna().any() else None,
                "high": _column(curve["high"], kept) if curve["high"].notna().any() else None,
                "end": ends.get(e),
            }
            for e, curve in curves.items()
        ],
        "veils": traces.veils[["start", "end", "kind"]].to_dict("records"),
        "markers": [{"start": m.start_ms / 1000, "label": m.label} for m in traces.markers],
        "peaks": [
            {
                "t": point.second,
                "value": point.value,
                "label": f"{percent(point.value)} at {playhead(point.second)}",
                "colour": palette.emotions[emotion],
            }
            for emotion, point in traces.peaks
        ],
        "grid": palette.grid,
        "quiet": palette.quiet,
        "veil": palette.hatch,
        "alt": alt,
        "strip": strip,
    }


def kept_points(shares: Values) -> npt.NDArray[np.intp]:
    """Return the places of the seconds that are drawn: all, or those that curves hinge on.

    Peaks and troughs stay, and so do the ends of each stretch without data. Steinarsson,
    "Downsampling Time Series for Visual Representation" (2013), after the extremes of each bin.

    Args:
        shares: `(c, n)` of each curve in each second, NaN where there is none.
    """
    curves, seconds = shares.shape
    if seconds <= MOST_POINTS:
        return np.arange(seconds)
    each = max(3, MOST_POINTS // max(1, curves))
    marks = {0, seconds - 1}
    for share in shares:
        known = np.flatnonzero(~np.isnan(share))
        if len(known) > each:
            found = MinMaxLTTBDownsampler().downsample(share[known], n_out=each)
            known = known[found.astype(np.intp)]
        marks.update(known.tolist())
        edges = np.flatnonzero(np.diff(np.isnan(share).astype(np.int8)))
        marks.update(edges.tolist(), (edges + 1).tolist())
    return np.array(sorted(marks), np.intp)


def _curve(traces: Traces, emotion: str) -> pd.DataFrame:
    """Return `share`, `low` and `high` of every second, NaN where there is no curve."""
    of = traces.curves[traces.curves["emotion"] == emotion].set_index("second")
    found: pd.DataFrame = of[["share", "low", "high"]].reindex(traces.seconds["second"])
    return found


def _ends(traces: Traces, top: float) -> dict[str, float]:
    """Return where the name of each curve stands, as a share: at its end, apart from others."""
    last = traces.curves.groupby("emotion")["share"].last()
    named = [e for e in traces.emotions if e in last.index]
    places = spread([float(last[e]) for e in named], NAME_PX / HEIGHT_PX * top, top)
    return dict(zip(named, places, strict=True))


def _column(values: pd.Series, kept: npt.NDArray[np.intp]) -> list[float | None]:
    return [None if np.isnan(v) else round(float(v), PLACES) for v in values.to_numpy()[kept]]
