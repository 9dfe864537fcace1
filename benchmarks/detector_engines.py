"""Times ONNX Runtime and torch on letterboxed group photos, as ratios within one run.

    python -m benchmarks.detector_engines [--shared ../shared] [--data-dir FOLDER]

Engines take turns, and a ratio is the median over the rounds, so that other work on the machine
weighs on all of them. From pictures to heads in the CPU's memory; nothing is decoded. On the CPU
torch takes one thread.
"""

import argparse
import os
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
import torch
from platformdirs import user_data_path

from models import engine
from models.detectors.detector import Image
from models.detectors.letterboxed import open_network
from models.detectors.network import Network
from models.detectors.torch_network import TorchNetwork
from models.engine import Device
from models.evaluation.group_photos import read_photos
from models.letterbox import letterbox
from models.registry import CENTERFACE, YUNET, Card
from models.weights import folders_of, pull
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

BATCHES: Final = (1, 8)
PICTURES: Final = 8
"""In each round, whatever the batch."""
ROUNDS: Final = 15


def engines(card: Card, path: Path) -> Iterator[tuple[str, Network]]:
    """Give all that this machine has, the product's default first, each with its name."""
    for threads in (engine.THREADS, 1):
        network = open_network(card, path, "onnx", "cpu", threads)
        yield f"ONNX Runtime, cpu, threads: {threads}", network
    devices: list[tuple[Device, bool]] = [("cpu", False)]
    if torch.cuda.is_available():
        devices += [("cuda", False), ("cuda", True)]
    for (device, half), batch in product(devices, BATCHES):
        name = f"torch, {device}, batch {batch}{', 16 bits' if half else ''}"
        yield name, TorchNetwork(card, path, device=device, batch=batch, half=half)


def picture_ms(network: Network, boxed: Image) -> float:
    """Return how long a picture takes."""
    began_s = time.perf_counter()
    for start in range(0, len(boxed), network.batch):
        network(boxed[start : start + network.batch])
    return (time.perf_counter() - began_s) * 1000 / len(boxed)


def report(card: Card, path: Path, boxed: Image) -> None:
    """Print one detector's table."""
    names, networks = zip(*engines(card, path), strict=True)
    for network in networks:
        picture_ms(network, boxed)  # warm
    times_ms = np.asarray(
        [[picture_ms(network, boxed) for network in networks] for _ in range(ROUNDS)]
    )
    ratios = np.median(times_ms / times_ms[:, :1], axis=0)
    print(
        f"\n{card.id}, {boxed.shape[2]} x {boxed.shape[1]}, load average {os.getloadavg()[0]:.1f}"
    )
    print("\n| engine | ms per picture, median | fastest | beside the first |\n|---|---|---|---|")
    columns = (names, np.median(times_ms, axis=0), times_ms.min(axis=0), ratios)
    for name, median, fastest, ratio in zip(*columns, strict=True):
        print(f"| {name} | {median:.1f} | {fastest:.1f} | {ratio:.2f} |")


def main() -> None:
    """Measure both detectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    options = parser.parse_args()
    folders = folders_of(options.shared / "weights", options.data_dir)
    photos = read_photos(options.shared / "footage" / "photos")[:PICTURES]
    images = [photo.image for photo in photos]
    boxed, _ = letterbox(images, ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX)
    for card in (YUNET, CENTERFACE):
        report(card, pull(card, folders), boxed)


if __name__ == "__main__":
    main()
