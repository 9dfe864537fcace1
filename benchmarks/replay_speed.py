"""Measures a replay against the footage's own length, and against decoding alone.

    python -m benchmarks.replay_speed [FILE] [--fps 5] [--detector yunet]

`x real time` is the length of the footage / the time taken. `of decoding` is the time that decoding
and scaling alone takes in the same run / the time of the whole replay: 100 % would mean that
analysis, aggregation and store cost nothing beside it.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ingest.events import DecodeJob, SourceEnded
from ingest.recorded import read_recorded
from moodtrace.commands.replay_plan import plan
from moodtrace.commands.replay_run import run
from moodtrace.embedded import embedded_store

DEFAULT = Path(__file__).parents[2] / "shared/footage/audience_cut_a.mp4"


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Return how many seconds work took, and what it counted."""
    began_s = time.perf_counter()
    count = work()
    return time.perf_counter() - began_s, count


def decoded(path: Path, fps: float) -> int:
    """Decode and scale alone, in the process that a replay uses; return the length in ms."""
    job = DecodeJob(
        path=os.fsencode(path),
        screening_id="s",
        camera_id="c",
        source_epoch=1,
        fps=fps,
        max_height=544,
    )
    end_ms = 0
    for event in read_recorded([job]):
        if isinstance(event, SourceEnded):
            end_ms = event.end_ms
    return end_ms


def replayed(path: Path, fps: float, detector: str, url: str) -> int:
    """Replay as the command does; return the frames analysed."""
    wanted = plan([str(path)], screening_id=f"run {time.time():.0f}", fps=fps, detector=detector)
    ledger = run(wanted, url).summary["ledger"]
    return sum(camera["analysed"] for camera in ledger.values())


def main() -> None:
    """Print one line per run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--runs", type=int, default=3)
    words = parser.parse_args()
    print(f"{words.file.name} at {words.fps:g} fps, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, embedded_store(Path(folder)) as url:
        for _ in range(words.runs):
            decode_s, length_ms = timed(lambda: decoded(words.file, words.fps))
            replay_s, frames = timed(lambda: replayed(words.file, words.fps, words.detector, url))
            print(
                f"{frames} frames in {replay_s:.1f} s: {frames / replay_s:.0f} fps,"
                f" {length_ms / 1000 / replay_s:.1f}x real time,"
                f" {decode_s / replay_s:.0%} of decoding alone ({decode_s:.1f} s)"
            )


if __name__ == "__main__":
    main()
