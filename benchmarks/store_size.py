"""Measures what a screening takes in the store, and how long the store's scripts take.

    python -m benchmarks.store_size [--seconds 120]

Frames are made, five a second and camera, and go the way of `worker aggregate`: a script for each
poll with all that came in 200 ms, a script for each second. Sizes and times are the server's own.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from moodtrace.clock import utc_now
from moodtrace.embedded import embedded_store
from moodtrace.labels import AGE_BANDS, EMOTIONS
from moodtrace.ledger import CameraLedger, Ledger, settle
from moodtrace.messages import Face, FacesScored, Quality
from moodtrace.screening import Run, Screening
from moodtrace.store import Store
from moodtrace.store_exact import REPEATS_MS
from workers.aggregate import closed

CASES: Final = ((4, 5), (32, 5), (32, 1))
"""Cameras, and faces in view of each."""
FPS: Final = 5
OPEN_S: Final = 6
"""Seconds that are open at a time: the grace, and the one that comes in."""
SCREENING: Final = Screening(
    id="size",
    content="made",
    audience="made",
    cameras=(),
    fps=float(FPS),
    k=5,
    unit="viewer",
    detector="yunet",
    emotion_model="moodtrace-emotion-2",
    age_model="moodtrace-age-2",
    config_sha256="0" * 64,
    state="running",
    sources={},
    thresholds=(410,) * len(EMOTIONS),
    run=Run(id="run", started_at=utc_now(), host="host", version="0"),
)


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120, help="of content")
    seconds = parser.parse_args().seconds
    print("cameras faces | rows MB/h | open MB | repeats MB | script ms p50 p99")
    for cameras, faces in CASES:
        with (
            tempfile.TemporaryDirectory() as folder,
            embedded_store(Path(folder)) as url,
            closing(Store(url)) as store,
        ):
            write(store, cameras, faces, seconds)
            rows = mean_bytes(store, "row", range(OPEN_S, seconds - OPEN_S))
            repeats = mean_bytes(store, "open", range(OPEN_S, seconds - OPEN_S))
            opened = mean_bytes(store, "open", range(seconds - OPEN_S + 1, seconds))
            scripts = store._client.info("latencystats")["latency_percentiles_usec_eval"]
        sizes = (rows * 3600 / 1e6, opened * OPEN_S / 1e6, repeats * REPEATS_MS / 1e9)
        times = (scripts["p50"] / 1000, scripts["p99"] / 1000)
        print(cameras, faces, *(f"{figure:.2f}" for figure in (*sizes, *times)))


def write(store: Store, cameras: int, faces: int, seconds: int) -> None:
    """Write a screening as the aggregator does."""
    ledger: Ledger = {f"camera-{number}": CameraLedger() for number in range(cameras)}
    with store.claim_exact("size", "run") as writer:
        writer.begin(SCREENING, ledger, fresh=True)
        for number, poll in enumerate(polls(cameras, faces, seconds)):
            first = number * cameras
            writer.apply("p", first, list(enumerate(poll, start=first)), first + cameras)
            second = number // FPS - OPEN_S
            if number % FPS == 0 and second >= 0:
                frames = writer.open_frames(second)
                settle(ledger, frames)
                row = closed(second, frames, writer.after, SCREENING.thresholds)
                writer.close([row], ledger)


def polls(cameras: int, faces: int, seconds: int) -> Iterator[list[FacesScored]]:
    """Make what comes in 200 ms, of all cameras: people who sit, and whose faces change."""
    rng = np.random.default_rng(1)
    for seq in range(seconds * FPS):
        yield [
            FacesScored(
                screening_id="size",
                camera_id=f"camera-{camera}",
                source_epoch=1,
                seq=seq,
                pts_ms=seq * 1000 // FPS,
                faces=tuple(face(rng, place) for place in range(faces)),
                detector="yunet",
                emotion_model="moodtrace-emotion-2",
                age_model="moodtrace-age-2",
            )
            for camera in range(cameras)
        ]


def face(rng: np.random.Generator, place: int) -> Face:
    """Make a face in its place, with all that can be measured on it."""
    left, top = (500 + 1800 * place + int(rng.integers(40)), 3000 + int(rng.integers(40)))
    emotion, age = (rng.dirichlet(np.ones(n)) * 1000 for n in (len(EMOTIONS), len(AGE_BANDS) - 1))
    return Face(
        xyxy=(left, top, left + 900, top + 2000),
        score=int(rng.integers(800, 1000)),
        emotion=tuple(map(int, emotion)),
        age=tuple(map(int, age)),
        age_tenths=int(rng.integers(200, 600)),
        pose=tuple(map(int, rng.integers(-20, 20, 3))),
        quality=Quality(
            *map(int, rng.integers((60, 300, 80, 300, 0, 0), (90, 500, 160, 600, 9, 99)))
        ),
    )


def mean_bytes(store: Store, name: str, seconds: range) -> float:
    """Return what a key of these seconds takes in the store's memory, on average."""
    sizes = [store._client.memory_usage(f"{{size}}:{name}:{second}") or 0 for second in seconds]
    return float(np.mean(sizes))


if __name__ == "__main__":
    main()
