"""MTCNN looks where it should, and says so when its weights are broken."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import safetensors.torch
import torch

from models.detectors import open_detector
from models.detectors.mtcnn import MtcnnDetector, pyramid
from models.engine import NonFiniteError
from models.registry import MTCNN, Card

PathOf = Callable[[Card], Path]

CROWD = "Ultra-Light-Fast-Generic-Face-Detector-1MB__imgs_11.jpg"


def test_each_level_of_the_pyramid_has_half_the_area_down_to_one_window() -> None:
    scales = list(pyramid(544, 20))

    assert scales[0] == 12 / 20
    assert np.divide(scales[1:], scales[:-1]) ** 2 == pytest.approx(0.5, abs=0.01)
    assert 544 * scales[-1] >= 12 > 544 * scales[-1] * 0.709
    assert list(pyramid(19, 20)) == []


def test_faces_under_the_least_size_are_not_looked_for(path_of: PathOf, shared: Path) -> None:
    crowd = np.asarray(cv2.imread(str(shared / "footage" / "photos" / CROWD)), np.uint8)
    path = path_of(MTCNN)

    small = MtcnnDetector(MTCNN, path, 544, 960, 0.8)([crowd])[0]
    large = MtcnnDetector(MTCNN, path, 544, 960, 0.8, min_face_px=100)([crowd])[0]

    assert len(small) > 10
    assert len(large) == 0


def test_a_broken_network_gives_an_error_and_no_boxes(path_of: PathOf, tmp_path: Path) -> None:
    weights = safetensors.torch.load_file(path_of(MTCNN))
    weights["pnet.conv4_1.bias"][1] = torch.nan
    safetensors.torch.save_file(weights, tmp_path / MTCNN.file)

    with pytest.raises(NonFiniteError):
        open_detector(MTCNN, tmp_path / MTCNN.file)([np.zeros((544, 960, 3), np.uint8)])


def test_torch_gets_its_threads_back(path_of: PathOf) -> None:
    before = torch.get_num_threads()

    open_detector(MTCNN, path_of(MTCNN))([np.zeros((64, 64, 3), np.uint8)])

    assert torch.get_num_threads() == before
