"""Screenings with known figures, written as a run writes them."""

from contextlib import ExitStack
from typing import Self

from msgspec.structs import replace

from moodtrace.clock import wall_ms
from moodtrace.labels import EMOTIONS
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.playhead import PlayEvent
from moodtrace.screening import Screening, Source
from moodtrace.store import Store
from moodtrace.store_writer import Writer
from moodtrace.timeline import Row, gap
from tests.factories import screening

PEAK_SECOND = 23
GAP_SECONDS = range(30, 34)


def row(second: int, *, happy: int = 10, sad: int = 5, usable: int = 100) -> Row:
    """A row in which `happy` and `sad` of the usable viewers show it, and the rest is neutral.

    One in eleven viewers is too far away.
    """
    shown = {"happy": happy, "sad": sad, "neutral": usable - happy - sad}
    return Row(
        second=second,
        frames=5,
        cameras=1,
        faces=5 * usable,
        viewers=usable + usable // 10,
        usable=usable,
        showing=tuple(shown.get(emotion, 0) for emotion in EMOTIONS),
    )


def film(seconds: int = 60) -> list[Row]:
    """Rows of a film whose happiness peaks once, and whose camera was down for a while."""
    return [
        gap(second, "camera_down")
        if second in GAP_SECONDS
        else row(second, happy=41 if second == PEAK_SECOND else 10)
        for second in range(seconds)
    ]


class Studio:
    """Writes screenings; one that runs keeps its writer until the studio closes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writers = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writers.close()

    def finished(
        self, name: str, rows: list[Row], *, k: int = 1, problem: str = "", **about: str
    ) -> Screening:
        """Write a whole screening; `about` goes into its record."""
        record = replace(
            screening(name, k=k),
            **about,
            state="finished",
            sources={"front": Source(name="front.mp4", problem=problem)},
        )
        with self._store.claim(name, record.run.id) as writer:
            writer.begin(record, ledger_of(rows), fresh=True)
            writer.append(rows, ledger_of(rows))
        return record

    def live(
        self, name: str, rows: list[Row], *, k: int = 1, started_ms: int | None = None
    ) -> Screening:
        """Write a screening that is being shown, from its first second on.

        Args:
            name: its id.
            rows: from second 0 on.
            k: smallest cell.
            started_ms: when it began; so that its newest row is as old as rows usually are if None.
        """
        record = replace(screening(name, k=k), live=True, sources={})
        began_ms = wall_ms() - 1000 * (len(rows) + 5) if started_ms is None else started_ms
        self._store.live.start(record, [PlayEvent(kind="play", at_ms=began_ms)])
        with self._store.claim(name, record.run.id) as writer:
            writer.begin(record, ledger_of(rows), fresh=True)
            writer.append(rows, ledger_of(rows))
        return record

    def running(self, name: str, rows: list[Row]) -> Writer:
        """Write the beginning of a screening and hand out its writer."""
        record = screening(name)
        writer = self._writers.enter_context(self._store.claim(name, record.run.id))
        writer.begin(record, ledger_of(rows), fresh=True)
        writer.append(rows, ledger_of(rows))
        return writer


def ledger_of(rows: list[Row]) -> Ledger:
    """A ledger of five frames per second, of which two failed."""
    frames = 5 * len(rows) + 2
    return {"front": CameraLedger(captured=frames, analysed=frames - 2, failed={"corrupt": 2})}
