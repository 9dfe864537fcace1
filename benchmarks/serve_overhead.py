"""Measures what Ray Serve costs per frame, beside the networks themselves, at batches of 1 and 16.

    python -m benchmarks.serve_overhead [FILE...] [--detector yunet] [--frames 96]

`bare` is the analyzer in this process, `served` the same in one replica with as many threads, asked
by one caller that waits for each answer, and `Serve's own` what of that was spent outside decoding,
detecting and scoring. Sizes and both ways take turns in the same run; each figure is the median of
the rounds.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from threading import Event

from benchmarks._frames import DEFAULTS, frames_of
from models.weights import folders_of
from moodtrace.messages import FacesScored, FrameCaptured
from moodtrace.settings import load_analysis_settings, load_settings
from workers.analyzer import Analyzer
from workers.deployments import Service, build, cluster, deploy, service
from workers.infer import Analyse
from workers.networks import pulled, pulled_detector
from workers.serve_client import ServeClient
from workers.serve_options import ServeOptions

SIZES = (1, 16)
ROUNDS = 5


def ms_per_frame(analyse: Analyse, frames: Sequence[FrameCaptured], size: int) -> float:
    """Analyse all frames in batches of a size, one after the other."""
    began_s = time.perf_counter()
    for start in range(0, len(frames), size):
        scored = analyse(frames[start : start + size])
        assert all(isinstance(message, FacesScored) for message in scored)
    return 1000 * (time.perf_counter() - began_s) / len(frames)


def measure(name: str, frames: Sequence[FrameCaptured], bare: Analyzer, replica: Service) -> None:
    """Print one line per batch size, and what batches are worth."""
    ms: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    stages_ms: list[float] = []
    with ServeClient(
        replica.call,
        observe=lambda stage, seconds: stages_ms.append(1000 * seconds / len(frames)),
    ) as served:
        for _ in range(ROUNDS):
            for size in SIZES:
                ms["bare", size].append(ms_per_frame(bare, frames, size))
                stages_ms.clear()
                ms["served", size].append(ms_per_frame(served, frames, size))
                ms["own", size].append(ms["served", size][-1] - sum(stages_ms))
    faces = statistics.mean(len(m.faces) for m in bare(frames) if isinstance(m, FacesScored))
    print(f"{name}: {faces:.0f} faces a frame")
    _print({key: statistics.median(each) for key, each in ms.items()})


def _print(ms: dict[tuple[str, int], float]) -> None:
    for size in SIZES:
        print(
            f"  batch {size:2}: bare {ms['bare', size]:.1f} ms a frame, served"
            f" {ms['served', size]:.1f}, of which Serve's own {ms['own', size]:.2f}"
        )
    worth = [f"{way} {ms[way, 1] / ms[way, 16]:.1f}x" for way in ("bare", "served")]
    print(f"  frames a second in batches of 16 / of 1: {', '.join(worth)}")


def main() -> None:
    """Measure each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=DEFAULTS)
    parser.add_argument("--detector", default="yunet")
    parser.add_argument("--frames", type=int, default=96)
    words = parser.parse_args()
    settings, analysis = load_settings(), load_analysis_settings()
    folders = folders_of(settings.weights_dir, settings.data_dir)
    networks = pulled(pulled_detector(words.detector, folders), analysis, folders)
    bare = networks.analyzer(analysis, threads=os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder, cluster(None, Path(folder)):
        deploy(build(ServeOptions(detector=words.detector)), Event())
        replica = service(deadline_s=60, patience_s=60)
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        for file in words.files:
            measure(file.name, frames_of(file, words.frames), bare, replica)


if __name__ == "__main__":
    main()
