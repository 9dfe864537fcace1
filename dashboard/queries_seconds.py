"""The seconds of a screening as data frames: what charts draw, and the table that says the same."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard import queries
from dashboard.words import gap_reason, percent, withheld
from moodtrace.clock import playhead
from moodtrace.export import Document, rounded
from moodtrace.labels import BASELINES, EMOTION_NAMES, EMOTIONS
from moodtrace.metrics import Point
from moodtrace.selection import smoothed
from moodtrace.uncertainty import wilson_bands


def seconds(view: queries.View) -> pd.DataFrame:
    """Return one record per second: `second`, `time`, `note`, counts and `share_<emotion>`."""
    words, told = withheld(view.screening.k, chosen=queries.is_part(view)), view.seconds
    counts = {
        name: [second.get(name) for second in told] for name in ("viewers", "faces", "coverage")
    }
    shown = [second.get("emotions", {}) for second in told]
    shares = {f"share_{e}": [of.get(e) for of in shown] for e in EMOTIONS}
    return pd.DataFrame(
        {
            "second": [second["t"] for second in told],
            "time": [playhead(second["t"]) for second in told],
            "note": [_note(second, words) for second in told],
            **{name: np.array(values, np.float64) for name, values in (counts | shares).items()},
        }
    )


def for_the_eye(
    view: queries.View,
    table: pd.DataFrame,
    emotions: Sequence[str],
    smooth: int,
    banded: Sequence[str],
) -> pd.DataFrame:
    """Return what is drawn of the seconds: shares, smoothed if wanted, and their intervals.

    The ends of intervals are averaged as the shares are: that is never narrower than the interval
    of the averaged share, since the deviation of a mean is at most the mean of the deviations.

    Args:
        view: what the seconds are of.
        table: as of `seconds`.
        emotions: curves to draw.
        smooth: seconds to average over, of `SMOOTHINGS_S`.
        banded: emotions of which `low_<emotion>` and `high_<emotion>` are wanted.
    """
    drawn = table.copy()
    at = [row.second for row in view.rows]
    usable = np.array([row.usable for row in view.rows], np.float64)
    for emotion in banded:
        place = EMOTIONS.index(emotion)
        showing = np.array([row.showing[place] for row in view.rows], np.float64)
        for name, end in zip(("low", "high"), wilson_bands(showing, usable), strict=True):
            drawn[f"{name}_{emotion}"] = pd.Series(end, at).reindex(table["second"]).to_numpy()
    if smooth:
        for column in drawn.columns:
            if column.removeprefix("share_") in emotions or column.startswith(("low_", "high_")):
                drawn[column] = averaged(drawn["second"], drawn[column], smooth)
    return drawn


def averaged(at: pd.Series, values: pd.Series, seconds: int) -> npt.NDArray[np.float64]:
    """Return one curve averaged around each second, for the eye; what is not known stays so.

    Args:
        at: its seconds, ascending.
        values: NaN for what is not known, which breaks the curve.
        seconds: of `SMOOTHINGS_S`.
    """
    known = values.notna().to_numpy()
    points = [Point(int(s), float(v)) for s, v in zip(at[known], values[known], strict=True)]
    found = np.full(len(values), np.nan)
    found[known] = [point.value for point in smoothed(points, seconds)]
    return found


def traces(drawn: pd.DataFrame, emotions: Sequence[str], step_s: int = 1) -> pd.DataFrame:
    """Return the points of curves: `second`, `emotion`, `share`, `low`, `high`, `stretch`, `alone`.

    A line never crosses from one stretch to the next.

    Args:
        drawn: as of `for_the_eye`.
        emotions: curves to draw.
        step_s: from one record to the next.
    """
    unknown = pd.Series(np.nan, drawn.index)
    long = pd.concat(
        [
            pd.DataFrame(
                {
                    "second": drawn["second"],
                    "emotion": emotion,
                    "share": drawn[f"share_{emotion}"],
                    "low": drawn.get(f"low_{emotion}", unknown),
                    "high": drawn.get(f"high_{emotion}", unknown),
                }
            )
            for emotion in emotions
        ],
        ignore_index=True,
    ).dropna(subset="share")
    return in_stretches(long, "emotion", step_s)


def in_stretches(points: pd.DataFrame, curve: str, step_s: int = 1) -> pd.DataFrame:
    """Add `stretch`, which numbers unbroken ones, and `alone`, of one point: no line shows it.

    Args:
        points: those of each curve together, in the order of `second`.
        curve: the column that says which curve a point is of.
        step_s: from one point of an unbroken stretch to the next.
    """
    breaks = (points["second"].diff() != step_s) | (points[curve] != points[curve].shift())
    numbered = points.assign(stretch=breaks.cumsum())
    alone = numbered.groupby("stretch")["second"].transform("size") == 1
    return numbered.assign(alone=alone)


def veils(table: pd.DataFrame, step_s: int = 1) -> pd.DataFrame:
    """Return runs of seconds that show no curve: `start`, `end`, `kind`, `middle`, `word`.

    Args:
        table: `second` and `note` of each record.
        step_s: from one record to the next.
    """
    found = []
    marked = zip(map(_kind, table["note"]), table["second"], strict=True)
    for kind, group in groupby(marked, key=lambda pair: pair[0]):
        run = [second for _, second in group]
        if kind:
            start, end = run[0] - 0.5, run[-1] + step_s - 0.5
            wide = end - start >= len(table) * step_s / 16
            found.append((start, end, kind, (start + end) / 2, kind if wide else ""))
    return pd.DataFrame(found, columns=["start", "end", "kind", "middle", "word"])


def description(view: queries.View, emotions: Sequence[str], smooth: int = 0) -> str:
    """Say in sentences what the chart shows, for those who can't see it."""
    metrics = view.metrics
    unit, total = view.screening.unit, len(view.seconds)
    said = [f"Share of {unit}s showing each emotion over {playhead(total)} of content."]
    for emotion in emotions:
        peak, name = metrics[emotion]["peak"], EMOTION_NAMES[emotion]
        said.append(
            f"{name}: peak {percent(peak['value'])} at {playhead(peak['t'])}, "
            f"average {percent(metrics[emotion]['average'])}."
            if peak
            else f"{name}: not measured."
        )
    why = withheld(view.screening.k, chosen=queries.is_part(view))
    for status, words in (("gap", "without data"), ("suppressed", why)):
        if seconds_so := queries.count(view, status):
            said.append(f"{seconds_so} s {words}.")
    if smooth:
        said.append(f"Curves are averaged over {smooth} s.")
    return " ".join(said)


def correction(view: queries.View) -> str:
    """Say in a sentence what was taken off and what that does; empty if nothing was."""
    if view.baseline == "none":
        return ""
    off, moved = BASELINES[view.baseline], percent(rounded(view.whole.read.moved))
    return f"Baseline: {off}. With it, {moved} of viewer-seconds show something else."


def note(status: str, reason: str, usable: int, why_withheld: str) -> str:
    """Say why a second, or some seconds, show no curve; empty if they do.

    Args:
        status: `ok`, `gap` or `suppressed`.
        reason: of a gap.
        usable: viewers who could be scored.
        why_withheld: in words, of what is suppressed.
    """
    if status == "gap":
        return f"no data: {gap_reason(reason)}"
    if status == "suppressed":
        return why_withheld
    return "" if usable else "no usable face"


def _note(second: Document, why_withheld: str) -> str:
    usable = second.get("usable", 0)
    return note(second["status"], second.get("reason", ""), usable, why_withheld)


def _kind(note: str) -> str:
    """Return the first words of a note: `no data`, `withheld` or `no usable face`."""
    return note.partition(":")[0]
