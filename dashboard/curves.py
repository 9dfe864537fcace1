"""What is drawn of a screening over time, by whatever draws it; knows nothing of Streamlit."""

from collections.abc import Sequence

import pandas as pd

from dashboard import queries, queries_seconds
from dashboard.charts import Traces
from moodtrace.export import records
from moodtrace.labels import Emotion
from moodtrace.markers import Marker


def traces_of(
    view: queries.View,
    emotions: Sequence[Emotion],
    markers: Sequence[Marker],
    *,
    band: bool,
    smooth: int,
) -> Traces:
    """Return curves with their intervals, peaks, markers and veils.

    Args:
        view: what is shown.
        emotions: to draw; the strongest of them stand out.
        markers: scenes and moments of the content.
        band: whether to draw intervals.
        smooth: seconds to average curves over, for the eye; 0 for none.
    """
    highlighted = queries.ranked(view, emotions)[: queries.HIGHLIGHTED]
    table = queries_seconds.seconds(view)
    banded = highlighted if band else ()
    drawn = queries_seconds.for_the_eye(view, table, emotions, smooth, banded)
    return Traces(
        seconds=table,
        curves=queries_seconds.traces(drawn, emotions),
        veils=queries_seconds.veils(table),
        peaks=queries.peaks_of(view, highlighted),
        emotions=emotions,
        highlighted=highlighted,
        unit=view.screening.unit,
        smooth=smooth,
        markers=[
            marker
            for marker in markers
            if table["second"].iloc[0] <= marker.second <= table["second"].iloc[-1]
        ],
    )


def table_of(view: queries.View, emotions: Sequence[str]) -> pd.DataFrame:
    """Return the figures behind curves, as measured: columns of the data dictionary."""
    shares = [name for e in emotions for name in (e, f"{e}_low", f"{e}_high")]
    columns = ["t", "status", "reason", "viewers", "usable", "coverage", *shares]
    return pd.DataFrame(records({"seconds": view.seconds}), columns=columns)
