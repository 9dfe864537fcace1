"""Screenings in a notebook: `from moodtrace import load`."""

from typing import TYPE_CHECKING

from moodtrace.labels import EMOTIONS, Baseline, Emotion
from moodtrace.markers import parse_markers

if TYPE_CHECKING:
    import pandas as pd

    from dashboard.charts_parts import Chart
    from dashboard.queries import View


def load(screening: str, *, redis: str | None = None, baseline: Baseline = "none") -> "Timeline":
    """Read a screening; nothing is read later, and no server is left running.

    Args:
        screening: its id.
        redis: URL of the store; without it `MOODTRACE_REDIS_URL`, else the embedded one.
        baseline: what is taken off each viewer's scores.

    Raises:
        UnknownScreeningError: There is none of this id.
        UsageError: It is too old for its baselines to be corrected.
        ServerAwayError: The store does not answer.
    """
    from dashboard import queries
    from moodtrace.commands.open_store import open_store
    from moodtrace.settings import load_settings

    with open_store(load_settings(), redis) as store:
        return Timeline(queries.read(store, screening, baseline))


class Timeline:
    """One screening, as far as it may be shown: seconds under k viewers are withheld here too."""

    def __init__(self, view: "View") -> None:
        self._view = view

    def __repr__(self) -> str:
        """Say what it is of."""
        about = self._view.screening
        return f"<Timeline {about.id!r}: {about.content}, {self._view.length} s, k = {about.k}>"

    @property
    def df(self) -> "pd.DataFrame":
        """One record per second, with the columns of docs/reference/data-dictionary.md."""
        import pandas as pd

        from moodtrace.dictionary import COLUMNS
        from moodtrace.export import records

        types = {"text": "str", "count": "Int32", "number": "float64"}
        frame = pd.DataFrame(records(self._view.document), columns=[c.name for c in COLUMNS])
        return frame.astype({column.name: types[column.type] for column in COLUMNS})

    def peaks(self, *emotions: Emotion) -> "pd.DataFrame":
        """Return the most prominent peaks of each emotion, in the order of the content.

        Args:
            emotions: all if none is named.

        Returns:
            `emotion`, `t` (second), `share`, `low`, `high` (ends of its 95 % interval), `n`.
        """
        import pandas as pd

        from dashboard.queries import peaks_of

        at = self.df.set_index("t")
        return pd.DataFrame(
            [
                (
                    emotion,
                    point.second,
                    *(at.at[point.second, f"{emotion}{end}"] for end in ("", "_low", "_high")),
                    at.at[point.second, "usable"],
                )
                for emotion, point in peaks_of(self._view, emotions or EMOTIONS)
            ],
            columns=["emotion", "t", "share", "low", "high", "n"],
        )

    def chart(self, *emotions: Emotion, band: bool = True, smooth: int = 0) -> "Chart":
        """Draw the trace as an Altair chart, with peaks, markers, viewers and coverage.

        Args:
            emotions: those that tell most if none is named.
            band: whether to draw 95 % intervals.
            smooth: seconds to average curves over, for the eye: 0, 3 or 5.
        """
        from dashboard import charts, queries
        from dashboard.charts_palette import LIGHT
        from dashboard.curves import traces_of

        shown = emotions or queries.telling(self._view)
        traces = traces_of(
            self._view,
            list(shown),
            parse_markers(self._view.screening.markers),
            band=band,
            smooth=smooth,
        )
        return charts.timeline(traces, LIGHT)
