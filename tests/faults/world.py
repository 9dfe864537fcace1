"""What all faults strike: one screening whose frames lie in a log, and what must come of it."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from moodtrace.clock import wall_ms
from moodtrace.export import content_sha256
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Scored
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from tests.factories import face, failed, scored, screening

CAMERAS = ("left", "right")
SECONDS = 12
FRAMES_PER_S = 5
SHOWN = ("happy", "sad", "surprise", "neutral")


def frames_of(name: str, seconds: int = SECONDS) -> list[Scored]:
    """The frames of a screening as its cameras saw them, each once and in order."""
    step_ms = 1000 // FRAMES_PER_S
    found: list[Scored] = []
    for pts_ms in range(0, seconds * 1000, step_ms):
        for number, camera in enumerate(CAMERAS):
            if pts_ms % 3700 == 0:
                frame: Scored = failed(pts_ms, camera=camera)
            else:
                faces = [face(SHOWN[(pts_ms // 2000 + number) % 4])] * (1 + number)
                frame = scored(pts_ms, *faces, camera=camera)
            found.append(replace(frame, screening_id=name))
    return found


def delivered(frames: Sequence[Scored], rng: random.Random) -> list[Scored]:
    """The same as a network brings them: three in ten twice, and up to two seconds out of order."""
    sent = [*frames, *rng.sample(frames, len(frames) * 3 // 10)]
    return sorted(sent, key=lambda frame: frame.pts_ms + rng.uniform(0, 2000))


def begin(store: Store, name: str, frames: Sequence[Scored]) -> None:
    """Start a screening as a command does, and book what was captured as ingest does."""
    record = replace(screening(name, cameras=CAMERAS), live=True, audience=f"audience of {name}")
    store.live.start(record, [PlayEvent(kind="play", at_ms=wall_ms())])
    captured = {
        camera: CameraLedger(captured=sum(frame.camera_id == camera for frame in frames))
        for camera in CAMERAS
    }
    store.live.book(name, captured)


def stop(store: Store, name: str, seconds: int = SECONDS) -> None:
    """Stop a screening where its content ends."""
    play, *_ = store.live.events(name)
    store.live.act(name, PlayEvent(kind="stop", at_ms=play.at_ms + seconds * 1000))


def is_finished(store: Store, name: str) -> bool:
    """Whether all of it is written."""
    return store.screening(name).state == "finished" and name not in store.live.unfinished()


class Outcome(NamedTuple):
    """What came of a screening."""

    content_sha256: str
    counts: dict[str, tuple[int, int, int]]
    """By camera, frames that were analysed, that failed, and that are still in flight."""


def outcome(store: Store, name: str) -> Outcome:
    """Read what came of a screening; nothing may have been dropped."""
    rows = store.rows(name)
    assert [row.second for row in rows] == list(range(len(rows)))
    counts = {
        camera: (found.analysed, sum(found.failed.values()), found.in_flight)
        for camera, found in store.ledger(name).items()
    }
    assert not any(found.dropped for found in store.ledger(name).values()), store.ledger(name)
    return Outcome(content_sha256(rows), counts)
