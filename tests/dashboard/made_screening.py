"""Screenings with known figures, written as a run writes them."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Self

import numpy as np
from msgspec.structs import replace

from moodtrace.clock import wall_ms
from moodtrace.labels import EMOTIONS, Emotion
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.playhead import PlayEvent
from moodtrace.screening import Screening, Source
from moodtrace.store import Store
from moodtrace.store_writer import Writer
from moodtrace.timeline import Row, gap, of_viewers
from moodtrace.viewers import Viewer
from tests.factories import face, screening, viewer

PEAK_SECOND = 23
GAP_SECONDS = range(30, 34)


def row(second: int, *, happy: int = 10, sad: int = 5, usable: int = 100) -> Row:
    """A row in which `happy` and `sad` of the usable viewers show it, and the rest is neutral.

    One in eleven viewers is too far away; of the others, four in five face the screen.
    """
    shown = {"happy": happy, "sad": sad, "neutral": usable - happy - sad}
    people = [
        viewer(emotion, attending=bool(number % 5))
        for emotion in EMOTIONS
        for number in range(shown.get(emotion, 0))
    ]
    people += [viewer(excluded="too_small")] * (usable // 10)
    return _of(second, [replace(person, id=number) for number, person in enumerate(people)])


def hall(seconds: int = 60) -> list[Row]:
    """Rows of an audience of 24 that differs: two cameras, three age bands, rows of seats as zones.

    The young laugh from 0:20 to 0:26, and the left camera sees nothing for a while.
    """
    rng = np.random.default_rng(1)
    people = [
        replace(
            viewer(number=i, age=tuple(1000 * (band == i % 3 + 2) for band in range(8))),
            camera_id="left" if i < 14 else "right",
            zone="front row" if i % 2 else "back row",
            attending=bool(i % 8),
        )
        for i in range(24)
    ]

    def shows(person: Viewer, second: int) -> Viewer:
        young = person.age[2] > 0
        chance = (0.9 if young else 0.3) if 20 <= second < 27 else 0.1
        emotion: Emotion = "happy" if rng.random() < chance else "neutral"
        emotion = "surprise" if rng.random() < 0.05 else emotion
        return replace(person, showing=(EMOTIONS.index(emotion),), emotion=face(emotion).emotion)

    return [
        gap(second, "camera_down")
        if second in GAP_SECONDS
        else _of(
            second,
            [
                shows(person, second)
                for person in people
                if person.camera_id == "right" or not 40 <= second < 48
            ],
        )
        for second in range(seconds)
    ]


def _of(second: int, people: Sequence[Viewer]) -> Row:
    return of_viewers(Row(second=second, frames=5, cameras=1, faces=5 * len(people)), people)


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
        self, name: str, rows: list[Row], *, k: int = 1, problem: str = "", **about: object
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
