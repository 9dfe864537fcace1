"""YuNet and CenterFace in torch see what they see in ONNX Runtime, whoever else is in the batch."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from onnx import numpy_helper
from scipy.optimize import linear_sum_assignment

from models.boxes import iou
from models.detections import Detections
from models.detectors import Device, open_detector, torch_centerface, torch_yunet
from models.detectors.letterboxed import LetterboxedDetector
from models.detectors.torch_network import TorchNetwork
from models.letterbox import letterbox
from models.registry import CENTERFACE, YUNET, Card
from moodtrace.errors import ConfigurationError

Image = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]
PathOf = Callable[[Card], Path]
Size = tuple[int, int]

DETECTORS = [YUNET, CENTERFACE]
SIZES_PX: list[Size] = [(544, 960), (384, 640)]
"""Heights and widths."""
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
    ),
]
named = pytest.mark.parametrize("card", DETECTORS, ids=lambda card: card.id)
sized = pytest.mark.parametrize("size_px", SIZES_PX, ids=lambda size: f"{size[1]}x{size[0]}")


@pytest.fixture(scope="module")
def photos(shared: Path) -> list[Image]:
    """Five group photos of different sizes, with 6 to 52 faces."""
    paths = sorted((shared / "footage" / "photos").glob("*.jpg"))[::3]
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in paths]


def torch_detector(
    card: Card,
    path_of: PathOf,
    size_px: Size,
    *,
    batch: int,
    device: Device = "cpu",
    half: bool = False,
) -> LetterboxedDetector:
    network = TorchNetwork(card, path_of(card), device=device, batch=batch, half=half)
    return LetterboxedDetector(card, network, *size_px, card.min_score)


def assert_same(found: Detections, expected: Detections, *, px: float, score: float) -> None:
    """Compare detections as sets: two of nearly equal scores may change places."""
    assert len(found) == len(expected)
    rows, columns = linear_sum_assignment(-iou(found.xyxy, expected.xyxy))
    assert np.abs(found.xyxy[rows] - expected.xyxy[columns]).max(initial=0) < px
    assert np.abs(found.landmarks[rows] - expected.landmarks[columns]).max(initial=0) < px
    assert np.abs(found.scores[rows] - expected.scores[columns]).max(initial=0) < score


@pytest.mark.parametrize("device", DEVICES)
@named
@sized
def test_torch_finds_what_onnx_runtime_finds(
    card: Card, size_px: Size, device: Device, path_of: PathOf, photos: list[Image]
) -> None:
    height_px, width_px = size_px
    reference = open_detector(card, path_of(card), height_px=height_px, width_px=width_px)
    expected = reference(photos)

    for batch in (1, 3):
        found = torch_detector(card, path_of, size_px, batch=batch, device=device)(photos)

        assert sum(map(len, found)) > 120
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other, px=1, score=1e-3)


@sized
def test_yunet_in_torch_agrees_with_opencvs_own_reading(
    size_px: Size, path_of: PathOf, photos: list[Image]
) -> None:
    boxed, _ = letterbox(photos, *size_px)
    reference = cv2.FaceDetectorYN.create(str(path_of(YUNET)), "", size_px[::-1], 0.6, 0.3, 5000)

    found = torch_detector(YUNET, path_of, size_px, batch=3)(list(boxed))

    for picture, detections in zip(boxed, found, strict=True):
        assert_same(detections, opencvs(reference, picture), px=1, score=1e-3)


def opencvs(reference: cv2.FaceDetectorYN, picture: Image) -> Detections:
    """Return what OpenCV finds, its boxes cut at the picture's edges as ours are."""
    rows = np.asarray(reference.detect(picture)[1], np.float32)
    edges = np.asarray(picture.shape[1::-1] * 2, np.float32)
    xyxy = np.clip(np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1), 0, edges)
    return Detections(xyxy, rows[:, 14], rows[:, 4:14].reshape(-1, 5, 2))


@pytest.mark.parametrize("device", DEVICES)
@named
def test_neither_mates_nor_the_place_in_a_batch_change_a_bit(
    card: Card, device: Device, path_of: PathOf, photos: list[Image]
) -> None:
    network = TorchNetwork(card, path_of(card), device=device, batch=3)
    boxed, _ = letterbox(photos[:1], 544, 960)
    noise = np.random.default_rng(3).integers(0, 256, (2, 544, 960, 3), np.uint8)

    alone = network(boxed)
    for place in range(3):
        together = network(np.insert(noise, place, boxed[0], axis=0))

        for one, three in zip(alone, together, strict=True):
            assert len(one) == 1
            assert np.array_equal(one[0], three[place])


@named
def test_sixteen_bits_find_the_same_faces(card: Card, path_of: PathOf, photos: list[Image]) -> None:
    (exact,) = torch_detector(card, path_of, (384, 640), batch=1)(photos[:1])
    (rough,) = torch_detector(card, path_of, (384, 640), batch=1, half=True)(photos[:1])

    assert_same(rough, exact, px=6, score=0.01)


def test_the_networks_are_as_large_as_published(path_of: PathOf) -> None:
    yunet = torch_yunet.load(path_of(YUNET))
    centerface = torch_centerface.load(path_of(CENTERFACE))

    # 54,608 are YuNet-s's own (README of its authors' code); two per channel are folded away.
    folded = 752
    assert sum(p.numel() for p in yunet.parameters()) == 54_608 - 2 * folded
    # The card also counts what the file holds beside weights.
    assert sum(p.numel() for p in centerface.parameters()) == 1_819_999


Change = Callable[[onnx.GraphProto], object]


def first_weight(graph: onnx.GraphProto) -> onnx.TensorProto:
    arrays: dict[str, onnx.TensorProto] = {array.name: array for array in graph.initializer}
    return arrays[graph.node[0].input[1]]


def lacking(graph: onnx.GraphProto) -> None:
    graph.initializer.remove(first_weight(graph))


def surplus(graph: onnx.GraphProto) -> None:
    graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), "further"))
    graph.node[0].input.append("further")


def transposed(graph: onnx.GraphProto) -> None:
    weight = first_weight(graph)
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight).T, weight.name))


@pytest.mark.parametrize("change", [lacking, surplus, transposed])
@named
def test_weights_that_are_not_the_networks_are_refused(
    card: Card, change: Change, path_of: PathOf, tmp_path: Path
) -> None:
    model = onnx.load(path_of(card))
    change(model.graph)
    path = tmp_path / card.file
    onnx.save(model, path)

    with pytest.raises(ConfigurationError, match="is another network's"):
        TorchNetwork(card, path, device="cpu")


def test_the_file_of_the_other_network_is_refused(path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match=r"centerface\.onnx is another network's"):
        TorchNetwork(YUNET, path_of(CENTERFACE), device="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said_so(path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match="no GPU"):
        open_detector(CENTERFACE, path_of(CENTERFACE), engine="torch", device="cuda")


def test_onnx_runtime_refuses_a_gpu(path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match="not on cuda"):
        open_detector(CENTERFACE, path_of(CENTERFACE), device="cuda")


def test_without_torch_the_extra_is_named(path_of: PathOf) -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from pathlib import Path\n"
        "from models.detectors import open_detector\n"
        "from models.registry import CENTERFACE\n"
        "from moodtrace.errors import ConfigurationError\n"
        f"path = Path({str(path_of(CENTERFACE))!r})\n"
        "assert len(open_detector(CENTERFACE, path)([])) == 0\n"
        "try:\n    open_detector(CENTERFACE, path, engine='torch')\n"
        "except ConfigurationError as error:\n    print(error.try_this)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout == 'pip install "moodtrace[torch]"\n', done.stderr
