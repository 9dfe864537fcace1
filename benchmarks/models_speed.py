"""Measures how long a face takes, alone and in a batch of 32, and writes it to the results.

python -m benchmarks.models_speed [ID]...           models with a card, in ONNX Runtime; all if none
python -m benchmarks.models_speed --zoo [NAME]...   networks of the zoo, in torch; all if none

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

from benchmarks._models_options import chosen_cards, parser
from models import engine
from models.evaluation.results import ZOO, Result, Speed, card_result, known, write_result

BATCHES: Final = (1, 32)
RUNS: Final = 220
FEWEST_RUNS: Final = 10
LONGEST_S: Final = 10.0
"""After this many seconds no further run begins, but for the fewest."""

Batch = npt.NDArray[np.float32]


def main() -> None:
    """Measure the networks that are asked for."""
    asked = parser(__doc__)
    asked.add_argument("--zoo", action="store_true", help="names are of networks of the zoo")
    asked.add_argument("--threads", type=int, default=engine.THREADS)
    options = asked.parse_args()
    if options.zoo:
        _measure_zoo(options)
    else:
        _measure_cards(options)


def _measure_cards(options: argparse.Namespace) -> None:
    for card, path in chosen_cards(options):
        assert card.input_size_px is not None
        channels = 1 if card.colours == "gray" else 3
        run = engine.load(path, options.threads)
        speed = speed_of(run, (channels, *card.input_size_px), options.threads, "ONNX Runtime")
        _write(options.results, known(options.results, card_result(card)), speed)


def _measure_zoo(options: argparse.Namespace) -> None:
    """Time fresh weights: how long a network takes does not depend on what it learnt."""
    import torch

    from models.training.zoo_result import zoo_result
    from models.zoo import catalogue

    torch.set_num_threads(options.threads)
    for name in options.ids or catalogue.NETWORKS:
        entry = catalogue.find(name)
        network = catalogue.build(name).eval().requires_grad_(False)
        shape = entry.channels, entry.size_px, entry.size_px

        def run(batch: Batch, network: torch.nn.Module = network) -> object:
            return network(torch.from_numpy(batch))

        speed = speed_of(run, shape, options.threads, "torch")
        _write(options.results / ZOO, known(options.results / ZOO, zoo_result(name)), speed)


def _write(folder: Path, result: Result, speed: Speed) -> None:
    path = write_result(folder, replace(result, speed=speed))
    print(f"{result.id}: {speed.batch_1:.3f} ms alone, {speed.batch_32:.3f} ms in 32: {path}")


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
    if load > (os.cpu_count() or 1) / 2:
        print(f"load average {load:.1f}: this machine is busy, so times will be too long")
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


def processor() -> str:
    """Return the name of this machine's processor."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


if __name__ == "__main__":
    main()
