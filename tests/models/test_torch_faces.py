"""Faces cut and scored by torch, on a device, are those that OpenCV and ONNX Runtime see."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from models.age import AgeNetwork
from models.crop_network import CropNetwork, open_crop_network
from models.detectors import open_detector
from models.emotion import EmotionNetwork
from models.engine import Device
from models.pictures import PicturesInMemory, in_memory
from models.registry import CENTERFACE, MINI_XCEPTION, MOODTRACE_AGE, MOODTRACE_EMOTION, YUNET, Card
from models.torch_crop_network import TorchCropNetwork
from models.torch_pictures import PicturesOnDevice
from models.training.export import onnx_of, rounded
from models.zoo.face_scores import AgeScores, EmotionScores
from models.zoo.face_weights import load_age, load_emotion
from moodtrace.errors import ConfigurationError

Image = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]
PathOf = Callable[[Card], Path]

SIZES_PX = (16, 48, 64)
"""Of crops for what is measured on faces, for emotions and for ages."""
SIDE = YUNET.face_side
OWN = [MOODTRACE_EMOTION, MOODTRACE_AGE]
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
    ),
]
on_devices = pytest.mark.parametrize("device", DEVICES)
named = pytest.mark.parametrize("card", OWN, ids=lambda card: card.id)


class Scene(NamedTuple):
    """Gray pictures of several sizes, and the faces in each."""

    grays: list[Image]
    boxes: list[Boxes]

    def crops(self, size_px: int) -> Image:
        """Return what the product cuts on the CPU."""
        return PicturesInMemory(self.grays).cut(self.boxes, size_px, SIDE)


@pytest.fixture(scope="module")
def scene(shared: Path, path_of: PathOf) -> Scene:
    """Group photos of several sizes, and moments of an audience."""
    photos = sorted((shared / "footage" / "photos").glob("*.jpg"))[::3]
    images = [np.asarray(cv2.imread(str(path)), np.uint8) for path in photos]
    images += seconds(shared / "footage" / "audience_cut_a.mp4", 6)
    found = open_detector(YUNET, path_of(YUNET))(images)
    grays = [np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in images]
    return Scene(grays, [detections.xyxy for detections in found])


def seconds(path: Path, count: int) -> Iterator[Image]:
    """Give a picture of each of the first seconds of a clip."""
    video = cv2.VideoCapture(str(path))
    for number in range(count):
        video.set(cv2.CAP_PROP_POS_MSEC, number * 1000)
        yield np.asarray(video.read()[1], np.uint8)


@on_devices
@pytest.mark.parametrize("size_px", SIZES_PX)
def test_a_device_cuts_what_opencv_cuts(scene: Scene, size_px: int, device: Device) -> None:
    expected = scene.crops(size_px)

    crops = PicturesOnDevice(scene.grays, device).cut(scene.boxes, size_px, SIDE)

    assert len(expected) > 150
    assert crops.dtype == torch.uint8
    apart = np.abs(in_memory(crops).astype(int) - expected)
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.001


@on_devices
@pytest.mark.parametrize("size_px", SIZES_PX)
@pytest.mark.parametrize("seed", range(3))
def test_squares_of_any_size_and_place_are_cut_alike(
    size_px: int, seed: int, device: Device
) -> None:
    rng = np.random.default_rng(seed)
    shapes = [(90, 160), (1, 1), (1, 50), (240, 3), (33, 32)]
    grays = [rng.integers(0, 256, shape, np.uint8) for shape in shapes]
    boxes = [any_boxes(rng, *shape) for shape in shapes]
    expected = PicturesInMemory(grays).cut(boxes, size_px, SIDE)

    crops = in_memory(PicturesOnDevice(grays, device).cut(boxes, size_px, SIDE))

    assert len(expected) == 40 * len(shapes)
    apart = np.abs(crops.astype(int) - expected)
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.002  # noise has more pixels halfway between two grays


def any_boxes(rng: np.random.Generator, height: int, width: int) -> Boxes:
    """Boxes inside the picture, over its edges, around it and beside it; some of no area."""
    corners = rng.uniform(-0.5, 1.2, (40, 2)) * (width, height)
    sizes = rng.uniform(0, 1.5, (40, 2)) * max(height, width)
    return np.concatenate([corners, corners + sizes], axis=1).astype(np.float32)


@on_devices
def test_squares_that_grow_or_halve_are_cut_to_the_last_bit(device: Device) -> None:
    gray = np.random.default_rng(5).integers(0, 256, (200, 200), np.uint8)
    corners = np.random.default_rng(6).integers(0, 70, (64, 2))
    sides = np.where(np.arange(64) < 60, np.arange(64) % 60 + 1, 128)[:, None]
    boxes = [np.concatenate([corners, corners + sides], axis=1).astype(np.float32)]
    expected = PicturesInMemory([gray]).cut(boxes, 64, 1.0)

    assert np.array_equal(in_memory(PicturesOnDevice([gray], device).cut(boxes, 64, 1.0)), expected)


@on_devices
def test_neither_other_faces_nor_other_pictures_change_a_crop(scene: Scene, device: Device) -> None:
    together = in_memory(PicturesOnDevice(scene.grays, device).cut(scene.boxes, 48, SIDE))

    number = max(range(len(scene.boxes)), key=lambda each: len(scene.boxes[each]))
    pictures = PicturesOnDevice([scene.grays[number]], device)
    first = sum(map(len, scene.boxes[:number]))
    alone = [pictures.cut([box[None]], 48, SIDE) for box in scene.boxes[number]]

    assert len(alone) > 20
    for place, crop in enumerate(alone):
        assert np.array_equal(in_memory(crop)[0], together[first + place])


@on_devices
def test_no_faces_give_no_crops(device: Device) -> None:
    none = np.empty((0, 4), np.float32)

    crops = PicturesOnDevice([np.zeros((9, 16), np.uint8)] * 2, device).cut([none, none], 48, 1.0)

    assert crops.shape == (0, 48, 48)


@on_devices
@named
def test_torch_scores_what_onnx_runtime_scores(
    card: Card, device: Device, scene: Scene, path_of: PathOf
) -> None:
    crops = scene.crops(side_px(card))
    expected = CropNetwork(card, path_of(card))(crops)

    found = TorchCropNetwork(card, path_of(card), device=device, half=False)(crops)

    assert [output.shape for output in found] == [output.shape for output in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == np.float32
        assert np.abs(ours - theirs).max() < 1e-3  # of ages in years; shares are nearer


@contextmanager
def inputs_seen() -> Iterator[list[tuple[int, ...]]]:
    """Note the shapes of all tensors that go into a layer in here."""
    shapes: list[tuple[int, ...]] = []

    def note(_: nn.Module, inputs: tuple[object, ...]) -> None:
        shapes.extend(tuple(each.shape) for each in inputs if isinstance(each, torch.Tensor))

    hook = nn.modules.module.register_module_forward_pre_hook(note)
    try:
        yield shapes
    finally:
        hook.remove()


def side_px(card: Card) -> int:
    assert card.input_size_px is not None
    return card.input_size_px[0]


@on_devices
def test_a_device_reads_in_its_own_crops_what_the_product_reads(
    device: Device, scene: Scene, path_of: PathOf
) -> None:
    """Cut and scored on the device, in the type of number that it takes by default."""
    sure = MOODTRACE_EMOTION.min_confidence
    large = [box[(box[:, 2:] - box[:, :2]).max(axis=1) >= 32] for box in scene.boxes]
    here, there = PicturesInMemory(scene.grays), PicturesOnDevice(scene.grays, device)
    emotions = [
        EmotionNetwork(MOODTRACE_EMOTION, path_of(MOODTRACE_EMOTION))(here.cut(large, 48, SIDE)),
        EmotionNetwork(
            MOODTRACE_EMOTION, path_of(MOODTRACE_EMOTION), engine="torch", device=device
        )(there.cut(large, 48, SIDE)),
    ]
    ages = [
        AgeNetwork(MOODTRACE_AGE, path_of(MOODTRACE_AGE))(here.cut(large, 64, SIDE)),
        AgeNetwork(MOODTRACE_AGE, path_of(MOODTRACE_AGE), engine="torch", device=device)(
            there.cut(large, 64, SIDE)
        ),
    ]

    scores, ours = emotions[0].scores, emotions[1].scores
    assert len(scores) > 100
    assert np.abs(ours - scores).mean() < 0.0005
    assert np.abs(ours - scores).max() < 0.02
    answered = scores.max(axis=1) >= sure
    assert (ours.argmax(axis=1) == scores.argmax(axis=1))[answered].all()
    assert (ours.argmax(axis=1) == scores.argmax(axis=1)).mean() > 0.99
    assert np.abs(ages[1].years - ages[0].years).max() < 0.5


@named
def test_sixteen_bits_say_the_same(card: Card, scene: Scene, path_of: PathOf) -> None:
    crops = scene.crops(side_px(card))[:48]
    exact = TorchCropNetwork(card, path_of(card), device="cpu")(crops)

    rough = TorchCropNetwork(card, path_of(card), device="cpu", half=True)(crops)

    assert np.abs(rough[1] - exact[1]).max() < 0.01  # FER+'s classes, or age bands
    assert any(np.any(ours != theirs) for ours, theirs in zip(rough, exact, strict=True))


@on_devices
@named
def test_neither_mates_nor_the_place_in_a_batch_change_a_bit(
    card: Card, device: Device, path_of: PathOf
) -> None:
    network = TorchCropNetwork(card, path_of(card), device=device, batch=4)
    side = side_px(card)
    noise = np.random.default_rng(3).integers(0, 256, (10, side, side), np.uint8)

    together = network(noise)

    for place in range(len(noise)):
        alone = network(noise[[place]])
        for one, ten in zip(alone, together, strict=True):
            assert np.array_equal(one[0], ten[place])


@on_devices
@named
def test_no_crops_give_no_scores(card: Card, device: Device, path_of: PathOf) -> None:
    side = side_px(card)

    found = TorchCropNetwork(card, path_of(card), device=device)(
        np.empty((0, side, side), np.uint8)
    )

    assert [len(output) for output in found] == [0] * len(card.outputs)


@pytest.mark.parametrize("made", [EmotionScores, AgeScores])
def test_any_weights_come_back_from_their_file(
    made: type[EmotionScores | AgeScores], tmp_path: Path
) -> None:
    torch.manual_seed(4)
    scores = made()
    rounded(scores.network)
    for name, values in scores.state_dict().items():
        if values.ndim == 1 or name in ("temperature", "ferplus_share"):
            values.copy_(torch.rand_like(values) + 0.5)  # as if they had been trained
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_of(scores.eval()))

    loaded = (load_emotion if made is EmotionScores else load_age)(path)

    assert loaded.state_dict().keys() == scores.state_dict().keys()
    for name, values in loaded.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(values, scores.state_dict()[name]), name


def test_the_file_of_the_other_network_is_refused(path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match=r"moodtrace-age\.onnx is another network's"):
        TorchCropNetwork(MOODTRACE_EMOTION, path_of(MOODTRACE_AGE), device="cpu")


def test_a_network_that_torch_does_not_know_is_refused(path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match="mini-xception is not known to torch"):
        open_crop_network(MINI_XCEPTION, path_of(MINI_XCEPTION), engine="torch")


def test_weights_that_give_nan_are_found_when_the_network_is_opened(
    path_of: PathOf, tmp_path: Path
) -> None:
    model = onnx.load(path_of(MOODTRACE_EMOTION))
    bias = next(array for array in model.graph.initializer if array.name == "array_81")
    bias.CopyFrom(numpy_helper.from_array(np.full(7, np.nan, np.float32), bias.name))
    path = tmp_path / "net.onnx"
    onnx.save(model, path)

    with pytest.raises(ArithmeticError, match="NaN"):
        TorchCropNetwork(MOODTRACE_EMOTION, path, device="cpu")


@named
def test_a_network_has_run_once_before_the_first_face(card: Card, path_of: PathOf) -> None:
    with inputs_seen() as shapes:
        TorchCropNetwork(card, path_of(card), device="cpu", batch=7)

    assert (7, 1, side_px(card), side_px(card)) in shapes


def test_a_detector_has_run_once_before_the_first_picture(path_of: PathOf) -> None:
    with inputs_seen() as shapes:
        open_detector(CENTERFACE, path_of(CENTERFACE), height_px=64, width_px=96, engine="torch")

    assert (1, 3, 64, 96) in shapes


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@named
def test_a_gpu_that_is_not_there_is_said_so(card: Card, path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match="no GPU"):
        open_crop_network(card, path_of(card), engine="torch", device="cuda")
    with pytest.raises(ConfigurationError, match="no GPU"):
        PicturesOnDevice([np.zeros((9, 16), np.uint8)], "cuda")


def test_onnx_runtime_refuses_a_gpu(path_of: PathOf) -> None:
    with pytest.raises(ConfigurationError, match="not on cuda"):
        EmotionNetwork(MOODTRACE_EMOTION, path_of(MOODTRACE_EMOTION), device="cuda")
