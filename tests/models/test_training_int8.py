"""The 8-bit variant of a network of our own is half as large and says nearly the same."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from models import engine
from models.datasets.reading import open_dataset
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, Card
from models.training import recipe
from models.training.batches import Examples
from models.training.int8 import write_int8
from models.weights import find

FACES = 640
MOST_MOVED = 0.05
"""Of a face's scores, on average."""


@pytest.mark.parametrize(("card", "data"), [(MOODTRACE_EMOTION, "fer2013"), (MOODTRACE_AGE, "age")])
def test_eight_bits_say_nearly_what_sixteen_said(
    shared: Path, tmp_path: Path, card: Card, data: str
) -> None:
    assert card.input_size_px is not None
    side_px = card.input_size_px[0]
    dataset = open_dataset(shared / "data" / f"{data}.npz", size_px=side_px)
    found = recipe.for_input(recipe.load(Path(card.file).stem, "best"), side_px, 1)
    training, validation = (Examples(dataset, n, found, torch.device("cpu")) for n in (0, 1))
    whole = Path(shutil.copy(find(card, []), tmp_path))

    small = write_int8(whole, training)

    crops = validation.batch(torch.arange(FACES))[0].contiguous().numpy()
    before, after = (engine.load(path)(crops) for path in (whole, small))
    assert small.name == f"{whole.stem}-int8.onnx"
    assert small.stat().st_size < 0.6 * whole.stat().st_size
    assert [part.shape for part in after] == [part.shape for part in before]
    assert after[0].sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert np.abs(after[0] - before[0]).sum(axis=1).mean() / 2 < MOST_MOVED


def test_the_same_training_pictures_give_the_same_bytes(shared: Path, tmp_path: Path) -> None:
    dataset = open_dataset(shared / "data" / "age.npz", size_px=64)
    found = recipe.for_input(recipe.load("moodtrace-age", "best"), 64, 1)
    training = Examples(dataset, 0, found, torch.device("cpu"))
    whole = Path(shutil.copy(find(MOODTRACE_AGE, []), tmp_path))

    assert write_int8(whole, training).read_bytes() == write_int8(whole, training).read_bytes()
