"""Small labelled sets, made here: brightness tells the class, so that a network can learn it."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.datasets.dataset import Dataset
from models.datasets.images import ArraySource, Images
from moodtrace.labels import EMOTIONS

Pixels = npt.NDArray[np.uint8]


def pictures(count: int, side_px: int = 48, seed: int = 0) -> Pixels:
    """`(count, side_px, side_px)` of noise; picture i is as bright as class i % 7."""
    rng = np.random.default_rng(seed)
    levels = 30 + 30 * (np.arange(count) % 7)[:, None, None]
    noise = rng.integers(-15, 15, (count, side_px, side_px))
    return np.asarray((levels + noise).clip(0, 255), np.uint8)


def labels(count: int) -> npt.NDArray[np.int16]:
    """The classes of `pictures`."""
    return (np.arange(count) % 7).astype(np.int16)


def splits(count: int) -> npt.NDArray[np.uint8]:
    """Seven for training, then seven for validation, and so on."""
    return (np.arange(count) // 7 % 2).astype(np.uint8)


def emotions(count: int = 56, side_px: int = 16) -> Dataset:
    """A set of the seven emotions, in memory."""
    return Dataset(
        name="made",
        task="emotion",
        images=Images(ArraySource(pictures(count, side_px)), side_px),
        classes=EMOTIONS,
        labels=labels(count),
        splits=splits(count),
    )


def write_png(path: Path, image: Pixels) -> None:
    """Write a picture, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written, content = cv2.imencode(".png", image)
    assert written
    path.write_bytes(content.tobytes())
