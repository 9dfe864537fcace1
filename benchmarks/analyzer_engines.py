"""Times each stage of the analyser on ONNX Runtime and in torch, at batches of 1 and 16 frames.

    python -m benchmarks.analyzer_engines [FILE...] [--detector yunet] [--frames 32] [--rounds 5]

Milliseconds per frame, each the median of the rounds, in which engines and batches take turns, so
that other work on the machine weighs on all of them. `score` is all that comes after the detector:
measuring faces, cutting them, emotions and ages. Torch on a GPU is left out where there is none.
"""

import argparse
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from benchmarks._frames import DEFAULTS, frames_of
from models.weights import folders_of
from moodtrace.messages import FacesScored, FrameCaptured
from moodtrace.settings import load_analysis_settings, load_settings
from workers.analyzer import Analyzer
from workers.networks import pulled, pulled_detector

BATCHES = (1, 16)
STAGES = ("decode", "detect", "score")


class Stopwatch:
    """Adds up what stages take."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Time a stage."""
        began_s = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - began_s


def opened(detector: str) -> Iterator[tuple[str, Analyzer, Stopwatch]]:
    """Give an analyzer for each engine and device of this machine, the product's default first."""
    settings, plain = load_settings(), load_analysis_settings()
    folders = folders_of(settings.weights_dir, settings.data_dir)
    ways = [plain, plain.model_copy(update={"engine": "torch"})]
    if torch.cuda.is_available():
        ways.append(plain.with_gpu(1))
    for analysis in ways:
        networks = pulled(pulled_detector(detector, folders), analysis, folders)
        watch = Stopwatch()
        name = f"{analysis.engine}, {analysis.device}"
        yield name, networks.analyzer(analysis, timed=watch), watch


def stages_ms(
    analyzer: Analyzer, watch: Stopwatch, frames: Sequence[FrameCaptured], batch: int
) -> list[float]:
    """Return what each of `STAGES`, and then all of it, takes per frame."""
    watch.seconds.clear()
    began_s = time.perf_counter()
    for start in range(0, len(frames), batch):
        analyzer(frames[start : start + batch])
    whole_s = time.perf_counter() - began_s
    return [
        1000 * seconds / len(frames)
        for seconds in (*(watch.seconds[stage] for stage in STAGES), whole_s)
    ]


def measure(file: Path, count: int, rounds: int, detector: str) -> None:
    """Print one file's table."""
    frames = frames_of(file, count)
    ways = list(opened(detector))
    messages = ways[0][1](frames)
    faces = statistics.mean(len(m.faces) for m in messages if isinstance(m, FacesScored))
    keys = [(name, batch) for name, _, _ in ways for batch in BATCHES]
    ms: defaultdict[tuple[str, int], list[list[float]]] = defaultdict(list)
    for _ in range(rounds):
        for name, analyzer, watch in ways:
            for batch in BATCHES:
                ms[name, batch].append(stages_ms(analyzer, watch, frames, batch))
    print(f"\n{file.name}: {faces:.0f} faces a frame, load average {os.getloadavg()[0]:.1f}")
    print(f"\n| engine | batch | {' | '.join(STAGES)} | ms a frame | beside the first |")
    print("|---|---|---|---|---|---|---|")
    first_ms = [each[-1] for each in ms[keys[0]]]
    for name, batch in keys:
        columns = [statistics.median(each) for each in zip(*ms[name, batch], strict=True)]
        ratio = statistics.median(
            each[-1] / first for each, first in zip(ms[name, batch], first_ms, strict=True)
        )
        cells = " | ".join(f"{each:.1f}" for each in columns)
        print(f"| {name} | {batch} | {cells} | {ratio:.2f} |")


def main() -> None:
    """Measure each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=DEFAULTS)
    parser.add_argument("--detector", default="yunet")
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    words = parser.parse_args()
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(f"{os.cpu_count()} cores, {gpu}")
    for file in words.files:
        measure(file, words.frames, words.rounds, words.detector)


if __name__ == "__main__":
    main()
