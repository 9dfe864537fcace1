"""The engine refuses what it can't run and never hands out NaN."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from models import engine
from models.mini_xception import onnx_bytes
from moodtrace.errors import ConfigurationError

Array = npt.NDArray[np.float32]
CROPS = np.random.default_rng(3).uniform(-1, 1, (4, 1, 64, 64)).astype(np.float32)


@pytest.mark.parametrize("content", [b"", b"no network", b"\x00" * 100])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        engine.load(path)

    assert caught.value.where == str(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        engine.load(tmp_path / "net.onnx")


def test_nan_is_raised_rather_than_returned(random_weights: dict[str, Array]) -> None:
    broken = random_weights | {"conv2d_7/bias": np.full(7, np.nan, np.float32)}

    with pytest.raises(engine.NonFiniteError):
        engine.load(onnx_bytes(broken))(CROPS)


def test_the_number_of_threads_changes_no_bit(random_weights: dict[str, Array]) -> None:
    content = onnx_bytes(random_weights)

    one, two, three = (engine.load(content, threads)(CROPS)[0] for threads in (1, 2, 3))

    assert np.array_equal(one, two)
    assert np.array_equal(one, three)
