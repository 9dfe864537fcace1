"""Networks small enough to be made here, and the real ones."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from models.registry import Card
from models.weights import find, is_present


@pytest.fixture(scope="session")
def path_of(weights: tuple[Path, ...]) -> Callable[[Card], Path]:
    """Find the checked file of a card; skip where YuNet's home could not be reached."""

    def path(card: Card) -> Path:
        if not is_present(card, weights):
            pytest.skip(f"the weights of {card.id} are not here")
        return find(card, weights)

    return path


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give the names and shapes of mini-Xception's Keras weights."""
    norms = [8, 8]
    yield from {"conv2d_1/kernel": (3, 3, 1, 8), "conv2d_2/kernel": (3, 3, 8, 8)}.items()
    for block, (narrow, wide) in enumerate([(8, 16), (16, 32), (32, 64), (64, 128)]):
        yield f"conv2d_{block + 3}/kernel", (1, 1, narrow, wide)
        for number, inputs in ((2 * block + 1, narrow), (2 * block + 2, wide)):
            yield f"separable_conv2d_{number}/depthwise_kernel", (3, 3, inputs, 1)
            yield f"separable_conv2d_{number}/pointwise_kernel", (1, 1, inputs, wide)
        norms += [wide] * 3
    yield from {"conv2d_7/kernel": (3, 3, 128, 7), "conv2d_7/bias": (7,)}.items()
    for number, channels in enumerate(norms, start=1):
        for weight in ("gamma", "beta", "moving_mean", "moving_variance"):
            yield f"batch_normalization_{number}/{weight}", (channels,)


@pytest.fixture(scope="session")
def random_weights() -> dict[str, npt.NDArray[np.float32]]:
    """Random weights, as `read_hdf5` returns them; variances are positive."""
    rng = np.random.default_rng(7)
    arrays = {}
    for name, shape in _shapes():
        positive = name.endswith(("gamma", "moving_variance"))
        values = rng.uniform(0.5, 1.5, shape) if positive else rng.normal(0, 0.3, shape)
        arrays[name] = values.astype(np.float32)
    return arrays


@pytest.fixture(scope="session")
def hdf5(
    random_weights: dict[str, npt.NDArray[np.float32]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The random weights in a file laid out as Keras does."""
    path = tmp_path_factory.mktemp("keras") / "emotion_model.hdf5"
    with h5py.File(path, "w") as file:
        for name, values in random_weights.items():
            layer, weight = name.split("/")
            file[f"model_weights/{layer}/{layer}_1/{weight}:0"] = values
    return path


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one tiny wheel, and a pip that sees nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny_net-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_net/net.onnx", bytes(range(256)) * 1000)
        about = "tiny_net-1.0.dist-info"
        # A Python that never was: the wheel is not installed, so this must not matter.
        wheel.writestr(
            f"{about}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-net\nVersion: 1.0\nRequires-Python: >=9\n",
        )
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
