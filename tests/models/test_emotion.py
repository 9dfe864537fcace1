"""Scores of a face are the published network's, and its own affair."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.emotion import EmotionNetwork
from models.mini_xception import onnx_bytes, read_hdf5
from models.registry import MINI_XCEPTION, Card
from moodtrace.errors import ConfigurationError
from moodtrace.labels import EMOTIONS

Array = npt.NDArray[np.float32]
PathOf = Callable[[Card], Path]

GOLDEN = Path(__file__).parents[1] / "golden" / "mini_xception.json"


def random_crops(count: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(11).integers(0, 256, (count, 64, 64), np.uint8)


@pytest.fixture(scope="module")
def random_network(
    random_weights: dict[str, Array], tmp_path_factory: pytest.TempPathFactory
) -> EmotionNetwork:
    path = tmp_path_factory.mktemp("random") / "net.onnx"
    path.write_bytes(onnx_bytes(random_weights))
    return EmotionNetwork(MINI_XCEPTION, path)


@pytest.fixture(scope="module")
def network(path_of: PathOf) -> EmotionNetwork:
    return EmotionNetwork(MINI_XCEPTION, path_of(MINI_XCEPTION))


def test_scores_are_shares_of_seven_emotions(random_network: EmotionNetwork) -> None:
    scores, contempt = random_network(random_crops(20))

    assert scores.shape == (20, len(EMOTIONS))
    assert scores.dtype == np.float32
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert not contempt.any()  # it does not know contempt


def test_no_faces_give_no_scores(random_network: EmotionNetwork) -> None:
    assert random_network(random_crops(0)).scores.shape == (0, 7)


def test_a_face_scores_the_same_alone_and_among_forty(random_network: EmotionNetwork) -> None:
    crops = random_crops(41)

    together = random_network(crops).scores

    alone = np.concatenate([random_network(crops[[row]]).scores for row in range(len(crops))])
    assert np.array_equal(together, alone)


def test_torch_and_onnx_agree_on_any_weights(
    hdf5: Path, random_weights: dict[str, Array], random_network: EmotionNetwork
) -> None:
    scores = random_network(random_crops(16)).scores

    assert np.abs(torch_scores(read_hdf5(hdf5)) - scores).max() <= 1e-5


def test_torch_and_onnx_agree_on_the_real_weights(path_of: PathOf, network: EmotionNetwork) -> None:
    keras = read_hdf5(path_of(MINI_XCEPTION).with_name(MINI_XCEPTION.source_file))

    assert np.abs(torch_scores(keras) - network(random_crops(16)).scores).max() <= 1e-5


def torch_scores(keras: dict[str, Array]) -> Array:
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    from models.zoo.mini_xception import from_keras

    scaled = random_crops(16)[:, None].astype(np.float32) / 127.5 - 1
    reference = from_keras(keras)
    assert sum(part.numel() for part in reference.state_dict().values() if part.ndim) == 58_423
    with torch.no_grad():
        return np.asarray(reference(torch.from_numpy(scaled)).softmax(dim=1))


def test_a_file_that_is_not_kerass_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "emotion_model.hdf5"
    path.write_bytes(b"no weights")

    with pytest.raises(ConfigurationError, match="not a Keras weights file"):
        read_hdf5(path)


def test_golden_scores(network: EmotionNetwork) -> None:
    golden = np.asarray(json.loads(GOLDEN.read_text()), np.float32)

    assert network(random_crops(len(golden))).scores == pytest.approx(golden, abs=1e-5)


@pytest.mark.parametrize(("usage", "accuracy"), [(1, 0.6551), (2, 0.6542)])
def test_accuracy_on_fer2013_is_the_published_weights_own(
    network: EmotionNetwork,
    fer2013: Callable[[int], tuple[npt.NDArray[np.uint8], Array]],
    usage: int,
    accuracy: float,
) -> None:
    crops, labels = fer2013(usage)

    found = network(crops).scores.argmax(axis=1)

    assert len(labels) == 3589
    assert (found == labels).mean() == pytest.approx(accuracy, abs=0.0005)


@pytest.fixture(scope="module")
def fer2013(shared: Path) -> Callable[[int], tuple[npt.NDArray[np.uint8], Array]]:
    """Crops and labels of one split: 1 is PublicTest, 2 is PrivateTest."""
    with np.load(shared / "data" / "fer2013.npz") as file:
        arrays = {name: file[name] for name in ("webp", "offsets", "usage", "label_fer2013")}

    def split(usage: int) -> tuple[npt.NDArray[np.uint8], Array]:
        rows = np.flatnonzero(arrays["usage"] == usage)
        crops = [face(arrays["webp"], arrays["offsets"], row) for row in rows.tolist()]
        return np.stack(crops), arrays["label_fer2013"][rows]

    return split


def face(
    webp: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], row: int
) -> npt.NDArray[np.uint8]:
    picture = cv2.imdecode(webp[offsets[row] : offsets[row + 1]], cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return np.asarray(cv2.resize(picture, (64, 64)), np.uint8)
