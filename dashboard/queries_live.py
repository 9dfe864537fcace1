"""What is being shown now: the last minutes of a screening that runs; knows nothing of Streamlit.

A second is shown here as everywhere: not at all if fewer than k viewers were usable in it. While
the newest one is not, none is, for a page that is watched tells of who comes and goes.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from dashboard.queries_seconds import in_stretches
from dashboard.words import gap_reason, percent, signed, withheld
from moodtrace.cameras import CameraStatus
from moodtrace.clock import playhead
from moodtrace.labels import EMOTION_NAMES, EMOTIONS, Emotion
from moodtrace.metrics import is_shown, share, valence
from moodtrace.playhead import place, stretches
from moodtrace.screening import Screening, viewing_id
from moodtrace.store import Store
from moodtrace.timeline import Row

TAIL_S: Final = 180
"""So many seconds are read, and no more."""
REFRESH_S: Final = 2
USUAL_S: Final = 6.0
"""A row is written 5 s after its second, and takes that second itself (`workers.windows`)."""
STALE_S: Final = USUAL_S + 2 * REFRESH_S
"""From then on the newest row is older than it should be."""
STRONGEST: Final = 3


class Moment(NamedTuple):
    """Where a screening stands."""

    screening: Screening
    """The viewing that goes on, or went on last."""
    rows: Sequence[Row]
    """The last `TAIL_S` of it, as stored."""
    behind_s: float | None
    """How far the newest row is behind the content; None while nothing plays, or nobody knows."""
    statuses: Mapping[str, CameraStatus]
    """Of its cameras; none of recorded ones."""

    @property
    def end(self) -> int:
        """The second after the newest row."""
        return self.rows[-1].second + 1 if self.rows else 0

    @property
    def shown(self) -> Row | None:
        """The newest row, if it may be shown."""
        newest = self.rows[-1] if self.rows else None
        return newest if newest and is_shown(newest, self.screening.k) else None


def running(store: Store) -> list[Screening]:
    """Return what is being shown, the newest first; the first viewing of each."""
    return [s for s in store.screenings() if s.state == "running" and not s.first]


def moment(store: Store, screening_id: str, now_ms: int) -> Moment:
    """Read where a screening stands.

    Args:
        store: where it is.
        screening_id: of its first viewing.
        now_ms: Unix time.

    Raises:
        UnknownScreeningError: it was deleted meanwhile.
        ServerAwayError: the store does not answer.
    """
    screening = store.screening(screening_id)
    played = stretches(store.live.events(screening_id)) if screening.live else []
    if played:
        screening = store.find(viewing_id(screening_id, played[-1].viewing)) or screening
    end = store.next_second(screening.id)
    at = place(played, now_ms)
    return Moment(
        screening,
        store.rows(screening.id, end - TAIL_S),
        None if at is None else max(0.0, at.pts_ms / 1000 - end),
        store.cameras.statuses(screening.cameras) if screening.live else {},
    )


def tail(moment: Moment) -> pd.DataFrame:
    """Return one record per second: `second`, `time`, `note`, counts and `share_<emotion>`."""
    k = moment.screening.k
    table = pd.DataFrame(
        {
            "second": row.second,
            "time": playhead(row.second),
            "note": _note(row, k),
            "viewers": row.viewers if is_shown(row, k) else None,
            "valence": valence(row) if is_shown(row, k) else None,
            **{f"share_{e}": share(row, e) if is_shown(row, k) else None for e in EMOTIONS},
        }
        for row in moment.rows
    )
    return table.astype(dict.fromkeys(table.columns[3:], float))


def strongest(table: pd.DataFrame) -> list[Emotion]:
    """Return the emotions that were shown most, in wire order; neutral tells least."""
    means = {e: table[f"share_{e}"].mean() for e in EMOTIONS if e != "neutral"}
    best = sorted((e for e in means if means[e] > 0), key=lambda e: -means[e])[:STRONGEST]
    return [e for e in EMOTIONS if e in best] or ["neutral"]


def points(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the points of curves: `second`, `curve`, `value`, `stretch`, `alone`."""
    return in_stretches(table.melt("second", list(columns), "curve", "value").dropna(), "curve")


def described(moment: Moment, table: pd.DataFrame, emotions: Sequence[Emotion]) -> str:
    """Say in a sentence each what the charts show, for those who can't see them."""
    said = [f"The last {len(table)} s of content, until {playhead(moment.end)}."]
    known = table["valence"].dropna()
    if len(known):
        low, high, now = (signed(value) for value in (known.min(), known.max(), known.iloc[-1]))
        said.append(f"Valence between {low} and {high}, now {now}.")
    for emotion in emotions:
        shares = table[f"share_{emotion}"].dropna()
        if len(shares):
            now, most = percent(shares.iloc[-1]), percent(shares.max())
            said.append(f"{EMOTION_NAMES[emotion]}: now {now}, at most {most}.")
    return " ".join(said)


def breaks(table: pd.DataFrame, k: int) -> str:
    """Say how many seconds have no curve, and why; empty if all do."""
    hidden = int((table["note"] == withheld(k)).sum())
    lacking = int(table["note"].str.startswith("no data").sum())
    words = [f"{lacking} s without data"] * bool(lacking)
    words += [f"{hidden} s {withheld(k)}"] * bool(hidden)
    return "; ".join(words)


def _note(row: Row, k: int) -> str:
    if row.gap:
        return f"no data: {gap_reason(row.gap)}"
    if not is_shown(row, k):
        return withheld(k)
    return "" if row.usable else "no usable face"
