"""How long a network takes for one input, and for many together; on what machine."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from models import engine
from models.evaluation.results import Speed
from models.registry import Card

BATCHES: Final = (1, 32)
RUNS: Final = 220
FEWEST_RUNS: Final = 10
LONGEST_S: Final = 10.0
"""After this many seconds no further run begins, but for the fewest."""

Batch = npt.NDArray[np.float32]


def card_speed(card: Card, path: Path, threads: int = engine.THREADS) -> Speed:
    """Time a model of emotions or ages, as it runs in the product.

    Raises:
        ConfigurationError: the weights are no network that can be run.
    """
    assert card.input_size_px is not None
    channels = 1 if card.colours == "gray" else 3
    run = engine.load(path, threads)
    return speed_of(run, (channels, *card.input_size_px), threads, "ONNX Runtime")


def speed_of(
    run: Callable[[Batch], object], shape: tuple[int, ...], threads: int, runtime: str
) -> Speed:
    """Return the median milliseconds per face at both batch sizes.

    Args:
        run: takes `(n, *shape) float32`.
        shape: channels, height and width in pixels.
        threads: that `run` uses.
        runtime: that `run` uses.
    """
    load = os.getloadavg()[0]
    alone, together = (
        median_ms(run, np.zeros((batch, *shape), np.float32)) / batch for batch in BATCHES
    )
    return Speed(
        batch_1=round(alone, 4),
        batch_32=round(together, 4),
        threads=threads,
        processor=processor(),
        load=round(load, 1),
        runtime=runtime,
    )


def median_ms(run: Callable[[Batch], object], batch: Batch) -> float:
    """Return the median time of a run, but for the first tenth, which only warm up."""
    times_s: list[float] = []
    ends_s = time.perf_counter() + LONGEST_S
    while len(times_s) < FEWEST_RUNS or (len(times_s) < RUNS and time.perf_counter() < ends_s):
        began_s = time.perf_counter()
        run(batch)
        times_s.append(time.perf_counter() - began_s)
    return float(np.median(times_s[len(times_s) // 10 :])) * 1000


def is_busy() -> bool:
    """Tell whether so much else runs on this machine that times would be too long."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) / 2


def processor() -> str:
    """Return the name of this machine's processor."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"
