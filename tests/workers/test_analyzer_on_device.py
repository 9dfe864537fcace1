"""The whole analyser in torch, on a device, says what it says in ONNX Runtime and OpenCV."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import torch

from models.engine import Device
from models.registry import YUNET
from models.weights import find
from moodtrace.messages import FacesScored
from tests.factories import limits, pictured
from workers.analyzer import Analyzer
from workers.networks import Networks, Weights, pulled

Image = npt.NDArray[np.uint8]
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
    ),
]
on_devices = pytest.mark.parametrize("device", DEVICES)


@pytest.fixture(scope="module")
def networks(weights: tuple[Path, ...]) -> Networks:
    return pulled(Weights(YUNET, find(YUNET, weights)), limits(), weights)


@pytest.fixture(scope="module")
def open_analyzer(networks: Networks) -> Callable[[Device], Analyzer]:
    def open_on(device: Device) -> Analyzer:
        return networks.analyzer(limits().model_copy(update={"engine": "torch", "device": device}))

    return open_on


@pytest.fixture(scope="module")
def images(shared: Path) -> list[Image]:
    """Pictures of three sizes, with 6 to 52 faces."""
    photos = sorted((shared / "footage" / "photos").glob("*.jpg"))[::3]
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in photos]


def scored(analyzer: Analyzer, images: Sequence[Image]) -> list[FacesScored]:
    messages = analyzer([pictured(image, seq) for seq, image in enumerate(images)])
    assert all(isinstance(message, FacesScored) for message in messages)
    return cast(list[FacesScored], messages)


@on_devices
def test_a_device_says_what_the_product_says(
    device: Device,
    open_analyzer: Callable[[Device], Analyzer],
    networks: Networks,
    images: list[Image],
) -> None:
    expected = scored(networks.analyzer(limits()), images)

    found = scored(open_analyzer(device), images)

    pairs = [
        (ours, theirs)
        for message, reference in zip(found, expected, strict=True)
        for ours, theirs in zip(message.faces, reference.faces, strict=True)
    ]
    usable = [(ours, theirs) for ours, theirs in pairs if not theirs.excluded]
    assert len(usable) > 60
    for ours, theirs in pairs:
        assert np.abs(np.subtract(ours.xyxy, theirs.xyxy)).max() <= 1
        assert ours.excluded == theirs.excluded
    apart = np.abs([np.subtract(ours.emotion, theirs.emotion) for ours, theirs in usable])
    years = np.abs([ours.age_tenths - theirs.age_tenths for ours, theirs in usable]) / 10
    # A box that moves in its fourth digit may be cut a pixel further: one face in a hundred may.
    assert apart.mean() < 1  # thousandths
    assert (apart.max(axis=1) <= 10).mean() >= 0.98
    assert (years <= 0.5).mean() >= 0.98


@on_devices
def test_a_frame_is_scored_alike_on_a_device_whatever_is_beside_it(
    device: Device, open_analyzer: Callable[[Device], Analyzer], images: list[Image]
) -> None:
    analyzer = open_analyzer(device)

    together = scored(analyzer, images)

    for seq, image in enumerate(images):
        (alone,) = analyzer([pictured(image, seq)])
        assert alone == together[seq]


@on_devices
def test_networks_on_a_device_can_be_checked(
    device: Device, open_analyzer: Callable[[Device], Analyzer]
) -> None:
    open_analyzer(device).check()


@on_devices
def test_frames_without_a_face_have_none_on_a_device(
    device: Device, open_analyzer: Callable[[Device], Analyzer]
) -> None:
    dark = np.zeros((64, 96, 3), np.uint8)

    assert [message.faces for message in scored(open_analyzer(device), [dark, dark])] == [(), ()]
