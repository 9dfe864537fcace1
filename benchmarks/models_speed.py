"""Measures how long a face takes, alone and in a batch of 32, and writes it to the results.

    python -m benchmarks.models_speed [ID]... [--shared ../shared] [--data-dir FOLDER]

Times are the median of many runs of the network alone: no decoding, no detection, no cropping.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from platformdirs import user_data_path

from benchmarks.models_page import RESULTS
from models import engine
from models.evaluation.results import Speed, result_of, write_result
from models.registry import CARDS, Card
from models.weights import folders_of, pull

BATCHES: Final = (1, 32)
RUNS: Final = 200
WARM_UP_RUNS: Final = 20


def main() -> None:
    """Measure the networks of the named cards; all but detectors if none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = [card.id for card in CARDS.values() if card.kind != "detector"]
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"out of {', '.join(known)}")
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--threads", type=int, default=engine.THREADS)
    options = parser.parse_args()
    folders = folders_of(options.shared / "weights", options.data_dir)
    for name in options.ids or known:
        card = CARDS[name]
        speed = speed_of(card, pull(card, folders), options.threads)
        known_so_far = result_of(options.results, card)
        path = write_result(options.results, replace(known_so_far, speed=speed))
        print(f"{card.id}: {speed.batch_1:.3f} ms alone, {speed.batch_32:.3f} ms in 32: {path}")


def speed_of(card: Card, path: Path, threads: int) -> Speed:
    """Return the median milliseconds per face at both batch sizes."""
    assert card.input_size_px is not None
    load = os.getloadavg()[0]
    if load > (os.cpu_count() or 1) / 2:
        print(f"load average {load:.1f}: this machine is busy, so times will be too long")
    run = engine.load(path, threads)
    channels = 1 if card.colours == "gray" else 3
    alone, together = (
        median_ms(run, np.zeros((batch, channels, *card.input_size_px), np.float32)) / batch
        for batch in BATCHES
    )
    return Speed(
        batch_1=round(alone, 4),
        batch_32=round(together, 4),
        threads=threads,
        processor=processor(),
        load=round(load, 1),
    )


def median_ms(
    run: Callable[[npt.NDArray[np.float32]], object], batch: npt.NDArray[np.float32]
) -> float:
    """Return the median time of a run, after some that do not count."""
    times_s = []
    for _ in range(WARM_UP_RUNS + RUNS):
        began_s = time.perf_counter()
        run(batch)
        times_s.append(time.perf_counter() - began_s)
    return float(np.median(times_s[WARM_UP_RUNS:])) * 1000


def processor() -> str:
    """Return the name of this machine's processor."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


if __name__ == "__main__":
    main()
