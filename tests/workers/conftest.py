"""The real chain on a real picture."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.detectors import open_detector
from models.emotion import EmotionNetwork
from models.registry import CENTERFACE, MINI_XCEPTION
from models.weights import find
from tests.factories import limits
from workers.analyzer import Analyzer


@pytest.fixture(scope="session")
def portrait(footage: Callable[[str], Path]) -> npt.NDArray[np.uint8]:
    """One real picture with one face, BGR."""
    video = cv2.VideoCapture(str(footage("WolfgangLanger_Pexels.mp4")))
    ok, image = video.read()
    video.release()
    assert ok
    return np.asarray(image, np.uint8)


@pytest.fixture(scope="session")
def analyzer(weights: tuple[Path, ...]) -> Analyzer:
    """Detector and emotion network with the default limits."""
    return Analyzer(
        detector=open_detector(CENTERFACE, find(CENTERFACE, weights)),
        emotion=EmotionNetwork(MINI_XCEPTION, find(MINI_XCEPTION, weights)),
        limits=limits(),
    )
