"""`moodtrace models export` from a run's weights to the files that the product runs from."""

from pathlib import Path

import numpy as np

from models import engine
from models.training.checkpoint import write_weights
from models.zoo.face_scores import AgeScores
from tests.conftest import Cli
from tests.models.labelled import pictures, splits


def test_a_run_becomes_safetensors_and_onnx_in_sixteen_and_in_eight_bits(
    cli: Cli, tmp_path: Path
) -> None:
    side_px = 64
    made = pictures(56, side_px)
    np.savez(tmp_path / "ages.npz", image=made, age=np.arange(56, dtype=np.int16), split=splits(56))
    write_weights(tmp_path / "best.safetensors", AgeScores().network)

    done = cli(
        *("models", "export", "moodtrace-age", "--data", tmp_path / "ages.npz", "--int8"),
        *("--weights", tmp_path / "best.safetensors", "--out", tmp_path / "out"),
    )

    assert done.returncode == 0, done.stderr
    names = ["moodtrace-age-int8.onnx", "moodtrace-age.onnx", "moodtrace-age.safetensors"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert all(name in done.stderr for name in names)
    crops = np.zeros((2, 1, side_px, side_px), np.float32)
    for name in names[:2]:
        assert engine.load(tmp_path / "out" / name)(crops)[0].shape == (2, 101)
