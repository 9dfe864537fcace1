"""From the store to what charts and tables need; knows nothing of Streamlit.

All figures come from the document that `moodtrace export` writes, so page and export agree, and
a second that may not be shown never gets this far.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import pandas as pd

from moodtrace.baseline import corrected
from moodtrace.clock import playhead
from moodtrace.export import Document, document, records
from moodtrace.labels import BASELINES, EMOTION_NAMES, EMOTIONS, Baseline
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.metrics import Point, abstention, coverage, is_shown, peaks, trace
from moodtrace.screening import Screening
from moodtrace.store import Store
from moodtrace.timeline import Row

HIGHLIGHTED: Final = 3
"""Curves that stand out; more can't be told apart at a glance."""
NOTHING: Final = "\N{EM DASH}"

GAP_REASONS: Final = {
    "no_frames": "no frame reached this second",
    "corrupt": "all frames were corrupt",
    "bad_picture": "no picture could be analysed",
    "model_nan": "the network gave no numbers",
    "out_of_memory": "no picture fits into memory",
    "poison": "its frames ended every copy of the networks",
    "stale": "frames came later than they could be analysed",
    "overload": "more frames came than could be analysed",
    "other_model": "other networks than it began with analysed it",
    "camera_down": "the camera was down",
    "bad_time": "no frame had a time that can be believed",
    "truncated": "the file ends early",
    "source_lost": "the file went away",
}
"""What reason codes of gaps mean to a person; others are shown as they are."""


class View(NamedTuple):
    """All that the page of one screening shows."""

    screening: Screening
    rows: Sequence[Row]
    """Rows that may be shown."""
    ledger: Ledger
    document: Document


class Figure(NamedTuple):
    """One figure of a tile: what it says and where in the content."""

    label: str
    value: str
    place: str


def read(store: Store, screening_id: str, baseline: Baseline = "none") -> View:
    """Read one screening, with a baseline taken off.

    Raises:
        UnknownScreeningError: It was deleted meanwhile.
        UsageError: It is too old for its baselines to be corrected.
        ServerAwayError: The store does not answer.
    """
    screening = store.screening(screening_id)
    rows = store.rows(screening_id)
    counts = store.ledger(screening_id)
    ledger = {camera: counts.get(camera, CameraLedger()) for camera in screening.cameras}
    found = corrected(screening, rows, baseline)
    shown = [row for row in found.rows if is_shown(row, screening.k)]
    return View(screening, shown, ledger, document(screening, rows, ledger, found))


def covered(view: View) -> float | None:
    """Return usable / seen faces over all that is shown; None if no face was seen."""
    return coverage(view.rows)


def count(view: View, status: str) -> int:
    """Return how many seconds are `ok`, `gap` or `suppressed`."""
    return sum(second["status"] == status for second in view.document["seconds"])


def ranked(view: View, emotions: Sequence[str]) -> list[str]:
    """Return emotions by their average, highest first; neutral, which tells least, comes last."""
    metrics = view.document["metrics"]
    return sorted(emotions, key=lambda e: (e == "neutral", -(metrics[e]["average"] or 0)))


def telling(view: View) -> list[str]:
    """Return the emotions to begin with: the three strongest besides neutral, in wire order."""
    metrics = view.document["metrics"]
    felt = [e for e in EMOTIONS if e != "neutral" and metrics[e]["average"]]
    best = ranked(view, felt)[:HIGHLIGHTED] or ["neutral"]
    return [e for e in EMOTIONS if e in best]


def seconds(view: View) -> pd.DataFrame:
    """Return one record per second: `second`, `time`, `note`, counts and `share_<emotion>`."""
    table = pd.DataFrame(
        {
            "second": record["t"],
            "time": playhead(record["t"]),
            "note": _note(record, view.screening.k),
            "viewers": record["viewers"],
            "faces": record["faces"],
            "coverage": record["coverage"],
            **{f"share_{emotion}": record[emotion] for emotion in EMOTIONS},
        }
        for record in records(view.document)
    )
    return table.astype(dict.fromkeys(table.columns[3:], float))


def traces(table: pd.DataFrame, emotions: Sequence[str]) -> pd.DataFrame:
    """Return the points of curves: `second`, `emotion`, `share`, `stretch`, `alone`.

    A stretch is unbroken, and a line never crosses from one to the next; `alone` marks a stretch
    of a single second, which a line can't show.
    """
    long = table.melt("second", [f"share_{e}" for e in emotions], "emotion", "share").dropna()
    long["emotion"] = long["emotion"].str.removeprefix("share_")
    long["stretch"] = (long["second"].diff() != 1).cumsum()
    long["alone"] = long.groupby("stretch")["second"].transform("size") == 1
    return long


def veils(table: pd.DataFrame) -> pd.DataFrame:
    """Return runs of seconds that show no curve: `start`, `end`, `kind`, `middle`, `word`."""
    found = []
    marked = ((_kind(record), record["second"]) for record in table.to_dict("records"))
    for kind, group in groupby(marked, key=lambda pair: pair[0]):
        run = [second for _, second in group]
        if kind:
            start, end = run[0] - 0.5, run[-1] + 0.5
            wide = end - start >= len(table) / 16
            found.append((start, end, kind, (start + end) / 2, kind if wide else ""))
    return pd.DataFrame(found, columns=["start", "end", "kind", "middle", "word"])


def peaks_of(view: View, emotions: Sequence[str]) -> list[tuple[str, Point]]:
    """Return the most prominent peaks of each emotion, in the order of the content."""
    found = [
        (emotion, point)
        for emotion in emotions
        for point in peaks(trace(view.rows, emotion, view.screening.k))
    ]
    return sorted(found, key=lambda pair: (pair[1].second, pair[0]))


def figures(view: View, emotions: Sequence[str]) -> list[Figure]:
    """Return the tiles: peak and average of the emotion that peaks highest, coverage, viewers."""
    metrics = view.document["metrics"]
    measured = [e for e in emotions if metrics[e]["peak"]]
    found = []
    if measured:
        best = max(measured, key=lambda e: (e != "neutral", metrics[e]["peak"]["value"]))
        name, peak = EMOTION_NAMES[best], metrics[best]["peak"]
        found += [
            Figure(f"Peak {name.lower()}", percent(peak["value"]), f"at {playhead(peak['t'])}"),
            Figure(f"Average {name.lower()}", percent(metrics[best]["average"]), "per second"),
        ]
    most = max(view.rows, key=lambda row: (row.viewers, -row.second))
    return [
        *found,
        Figure("Face coverage", percent(covered(view)), "usable of seen"),
        Figure("Abstained", percent(abstention(view.rows)), "too unsure to say"),
        Figure("Most viewers", str(most.viewers), f"at {playhead(most.second)}"),
    ]


def description(view: View, emotions: Sequence[str]) -> str:
    """Say in sentences what the chart shows, for those who can't see it."""
    metrics = view.document["metrics"]
    unit, total = view.screening.unit, len(view.document["seconds"])
    said = [f"Share of {unit}s showing each emotion over {playhead(total)} of content."]
    for emotion in emotions:
        peak, name = metrics[emotion]["peak"], EMOTION_NAMES[emotion]
        said.append(
            f"{name}: peak {percent(peak['value'])} at {playhead(peak['t'])}, "
            f"average {percent(metrics[emotion]['average'])}."
            if peak
            else f"{name}: not measured."
        )
    for status, words in (("gap", "without data"), ("suppressed", withheld(view.screening.k))):
        if seconds_so := count(view, status):
            said.append(f"{seconds_so} s {words}.")
    return " ".join(said)


def correction(view: View) -> str:
    """Say in a sentence what was taken off and what that does; empty if nothing was."""
    about = view.document["screening"]
    if about["baseline"] == "none":
        return ""
    off, moved = BASELINES[about["baseline"]], percent(about["baseline_moved"])
    return f"Baseline: {off}. With it, {moved} of viewer-seconds show something else."


def ledger_table(view: View) -> pd.DataFrame:
    """Return what became of each camera's frames, with words for people as columns."""
    return pd.DataFrame(
        {
            "Camera": camera,
            "Source": source.name if (source := view.screening.sources.get(camera)) else NOTHING,
            "Captured": counts.captured,
            "Analysed": counts.analysed,
            "Dropped": sum(counts.dropped.values()),
            "Failed": sum(counts.failed.values()),
            "In flight": counts.in_flight,
            "Reasons": _reasons(counts) or NOTHING,
        }
        for camera, counts in view.ledger.items()
    )


def gap_reason(code: str) -> str:
    """Return why a second has no data, in words."""
    return GAP_REASONS.get(code, code.replace("_", " "))


def withheld(k: int) -> str:
    """Return why a second with data is not shown, in words."""
    return f"withheld: fewer than {k} viewers"


def percent(value: float | None) -> str:
    """Write a share as people read it: `41%`."""
    return NOTHING if value is None else f"{value:.0%}"


def _note(record: dict[str, Any], k: int) -> str:
    """Say why a second shows no curve; empty if it does."""
    if record["status"] == "gap":
        return f"no data: {gap_reason(record['reason'])}"
    if record["status"] == "suppressed":
        return withheld(k)
    return "" if record["usable"] else "no usable face"


def _kind(record: dict[Any, Any]) -> str:
    """Return the first words of the note: `no data`, `withheld` or `no usable face`."""
    return str(record["note"]).partition(":")[0]


def _reasons(counts: CameraLedger) -> str:
    both = [*sorted(counts.dropped.items()), *sorted(counts.failed.items())]
    return ", ".join(f"{reason.replace('_', ' ')}: {n}" for reason, n in both)
