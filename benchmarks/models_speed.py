"""Measures how long a face takes, alone and in a batch of 32, and writes it to the results.

python -m benchmarks.models_speed [ID]...           models with a card, in ONNX Runtime; all if none
python -m benchmarks.models_speed --zoo [NAME]...   networks of the zoo, in torch; all if none

Times are the median of many runs of the network alone: no decoding, no detection, no cropping.
"""

import argparse
from pathlib import Path

from msgspec.structs import replace

from benchmarks._models_options import chosen_cards, parser
from models import engine
from models.evaluation.results import ZOO, Result, Speed, card_result, known, write_result
from models.evaluation.speed import Batch, card_speed, is_busy, speed_of


def main() -> None:
    """Measure the networks that are asked for."""
    asked = parser(__doc__)
    asked.add_argument("--zoo", action="store_true", help="names are of networks of the zoo")
    asked.add_argument("--threads", type=int, default=engine.THREADS)
    options = asked.parse_args()
    if is_busy():
        print("this machine is busy, so times will be too long")
    if options.zoo:
        _measure_zoo(options)
    else:
        _measure_cards(options)


def _measure_cards(options: argparse.Namespace) -> None:
    for card, path in chosen_cards(options):
        speed = card_speed(card, path, options.threads)
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


if __name__ == "__main__":
    main()
