"""How good the data of a screening are, as tables and sentences; knows nothing of Streamlit."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from dashboard.queries_cameras import offset_spread_ms
from dashboard.words import gap_reason, percent, withheld
from moodtrace.clock import playhead
from moodtrace.exclusions import words_of
from moodtrace.grades import Letter, Quality, quality
from moodtrace.ledger import LATE, CameraLedger, Ledger
from moodtrace.metrics import excluded, is_shown
from moodtrace.quality import NAMES, Histogram, histograms
from moodtrace.screening import Screening
from moodtrace.small_cells import hidden_places
from moodtrace.store import Store
from moodtrace.timeline import Row

ALL: Final = "All cameras"
MOST_CELLS: Final = 300
"""Of a row of the map; a telephone has no more columns."""
COLOURS: Final[Mapping[Letter, str]] = {"A": "green", "B": "blue", "C": "orange", "D": "red"}
PART_NAMES: Final = {
    "coverage": "Coverage",
    "viewers": "Viewers",
    "data": "Seconds with data",
    "sync": "Synchronisation",
    "late": "Late frames",
    "lost": "Lost frames",
}


class View(NamedTuple):
    """All that the page of one screening's data shows."""

    screening: Screening
    rows: Sequence[Row]
    """All of them, as stored."""
    ledger: Ledger
    quality: Quality
    sync_ms: int | None
    """How far apart clocks of its cameras are; None where that is not known."""
    histograms: Mapping[str, Histogram]

    @property
    def shown(self) -> list[Row]:
        """The rows that may be shown."""
        return [row for row in self.rows if is_shown(row, self.screening.k)]


def read(store: Store, screening_id: str) -> View:
    """Read how good the data of a screening are.

    Raises:
        UnknownScreeningError: it was deleted meanwhile.
        ServerAwayError: the store does not answer.
    """
    screening = store.screening(screening_id)
    rows, counts = store.rows(screening_id), store.ledger(screening_id)
    ledger = {camera: counts.get(camera, CameraLedger()) for camera in screening.cameras}
    is_live = screening.live and screening.state == "running"
    statuses = store.cameras.statuses(screening.cameras) if is_live else {}
    sync_ms = offset_spread_ms(statuses.values())
    return View(
        screening,
        rows,
        ledger,
        quality(screening, rows, ledger, sync_ms),
        sync_ms,
        histograms(rows, screening.k),
    )


def parts(found: Quality) -> pd.DataFrame:
    """Return what the grade is made of, the worst first: `part`, `grade`, `words`, `try`."""
    worst_first = sorted(found.parts, key=lambda part: part.grade, reverse=True)
    return pd.DataFrame(
        {
            "part": PART_NAMES[part.name],
            "grade": part.grade,
            "words": part.words,
            "try": part.try_this,
        }
        for part in worst_first
    )


def coverage_map(view: View) -> pd.DataFrame:
    """Return usable / seen viewers by camera and time.

    A camera's cell is withheld where it would tell of fewer than k viewers, alone or together with
    others (`moodtrace.small_cells`).

    Returns:
        `camera`, `start`, `end`, `time`, `coverage` and `note`; cells that several seconds share
        are the sum of those that may be told.
    """
    k = view.screening.k
    step = -(-max(len(view.rows), 1) // MOST_CELLS)
    cameras = [ALL, *(view.screening.cameras if len(view.screening.cameras) > 1 else ())]
    bins = [view.rows[at : at + step] for at in range(0, len(view.rows), step)]
    seen = [[_by_camera(row, cameras, k) for row in rows] for rows in bins]
    return pd.DataFrame(
        _cell(camera, rows, [cells[camera] for cells in found], k)
        for camera in cameras
        for rows, found in zip(bins, seen, strict=True)
    )


def frames_table(ledger: Ledger) -> pd.DataFrame:
    """Return what became of frames: `of` (a camera), `outcome`, `count`, `share`."""
    return _shares({camera: dict(_outcomes(counts)) for camera, counts in ledger.items()})


def viewers_table(view: View) -> pd.DataFrame:
    """Return what became of viewer-seconds: `of`, `outcome`, `count`, `share`."""
    usable = sum(row.usable for row in view.shown)
    lost = {words_of(code): number for code, number in excluded(view.shown).items()}
    return _shares({"Viewers": {"usable": usable, **lost}})


def suppressed_share(view: View) -> float | None:
    """Return the share of seconds with data that are withheld; None without data."""
    known = [row for row in view.rows if not row.gap]
    return sum(not is_shown(row, view.screening.k) for row in known) / len(known) if known else None


def late_share(ledger: Ledger) -> float | None:
    """Return the share of frames that came too late; None if none was captured."""
    captured = sum(counts.captured for counts in ledger.values())
    late = sum(counts.dropped.get(LATE, 0) for counts in ledger.values())
    return late / captured if captured else None


def lowest(cells: pd.DataFrame) -> str:
    """Say in a sentence what a map of coverage shows, for those who can't see it."""
    known = cells.dropna(subset="coverage").sort_values("coverage").to_dict("records")
    said = "Usable viewers of those seen, by camera and time. "
    if not known:
        return said + "Nothing may be told."
    least = known[0]
    return f"{said}Lowest: {percent(least['coverage'])} at {least['time']}, {least['camera']}."


def outcomes(heading: str, table: pd.DataFrame) -> str:
    """Say in a sentence what stacked bars show, for those who can't see them."""
    found = (f"{r['of']}: {r['share']:.1%} {r['outcome']}" for r in table.to_dict("records"))
    return f"{heading}. " + "; ".join(found) + "."


def histogram_table(found: Histogram) -> pd.DataFrame:
    """Return a histogram's bins: `bin` (in words), `count`, in their order."""
    inner = [f"{a:g} to {b:g}" for a, b in zip(found.edges, found.edges[1:], strict=False)]
    bins = [f"under {found.edges[0]:g}", *inner, f"{found.edges[-1]:g} or more"]
    return pd.DataFrame({"bin": bins, "count": found.counts})


def described(name: str, found: Histogram) -> str:
    """Say what a histogram shows, for those who can't see it."""
    total = sum(found.counts)
    if not total:
        return f"{NAMES[name].capitalize()}: not measured."
    most = max(found.counts)
    bin_ = histogram_table(found)["bin"].iloc[found.counts.index(most)]
    return f"{NAMES[name].capitalize()}: most often {bin_}, {percent(most / total)}."


def _by_camera(row: Row, cameras: Sequence[str], k: int) -> dict[str, tuple[int, int] | None]:
    """Return usable and seen viewers of each camera in a second; None where withheld."""
    if not is_shown(row, k):
        return dict.fromkeys(cameras)
    hidden = hidden_places(row.people, k).cameras
    found: dict[str, tuple[int, int] | None] = {ALL: (row.usable, row.viewers)}
    for camera in cameras[1:]:
        people = [viewer for viewer in row.people if viewer.camera_id == camera]
        usable = sum(not viewer.excluded for viewer in people)
        is_told = camera not in hidden and (usable >= k or not people or k == 1)
        found[camera] = (usable, len(people)) if is_told else None
    return found


def _cell(
    camera: str, rows: Sequence[Row], told: Sequence[tuple[int, int] | None], k: int
) -> dict[str, object]:
    known = [pair for pair in told if pair is not None]
    usable, seen = (sum(pair[place] for pair in known) for place in (0, 1))
    start, end = rows[0].second, rows[-1].second + 1
    if seen:
        note = ""
    elif known:
        note = "nobody seen"
    elif all(row.gap for row in rows):
        note = f"no data: {gap_reason(rows[0].gap)}"
    else:
        note = withheld(k)
    return {
        "camera": camera,
        "start": start,
        "end": end,
        "time": playhead(start) if end - start == 1 else f"{playhead(start)} to {playhead(end)}",
        "coverage": usable / seen if seen else None,
        "note": note,
    }


def _outcomes(counts: CameraLedger) -> Iterator[tuple[str, int]]:
    yield "analysed", counts.analysed
    for reason, number in sorted(counts.dropped.items()):
        yield f"dropped: {reason.replace('_', ' ')}", number
    for reason, number in sorted(counts.failed.items()):
        yield f"failed: {reason.replace('_', ' ')}", number
    if counts.in_flight > 0:
        yield "in flight", counts.in_flight


def _shares(counts: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    found = [
        (of, outcome, number, number / total)
        for of, outcomes in counts.items()
        if (total := sum(outcomes.values()))
        for outcome, number in outcomes.items()
        if number
    ]
    return pd.DataFrame(found, columns=["of", "outcome", "count", "share"])
