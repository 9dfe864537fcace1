"""Face detectors behind one callable: pictures in, detections out; knows nothing of tracks."""

from pathlib import Path
from typing import Final

from models import engine
from models.detectors.detector import Detector
from models.detectors.haar import HaarDetector
from models.detectors.letterboxed import LetterboxedDetector
from models.detectors.ssd import SsdDetector
from models.registry import Card
from moodtrace.errors import ConfigurationError
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX
from moodtrace.torch_extra import torch_extra

__all__ = ["Detector", "open_detector"]

STEP_PX: Final = 32
"""The deepest networks halve their input five times."""


def open_detector(
    card: Card,
    path: Path,
    *,
    height_px: int = ANALYSIS_HEIGHT_PX,
    width_px: int = ANALYSIS_WIDTH_PX,
    min_score: float | None = None,
    threads: int = engine.THREADS,
) -> Detector:
    """Open the detector of a card.

    Args:
        card: a detector's.
        path: its checked weights.
        height_px: pictures are scaled to fit this height and width, multiples of 32.
        width_px: see there.
        min_score: a lower score is no face; the card's if None.
        threads: how many threads share a picture, in ONNX Runtime; OpenCV takes all cores, and
            torch one.

    Raises:
        ConfigurationError: the size is no multiple of 32, the weights can't be run, or torch is
            missing for a network that runs on it.
    """
    if height_px % STEP_PX or width_px % STEP_PX:
        raise ConfigurationError(
            f"a detector can't look at {width_px} x {height_px} px",
            where=f"detector {card.id}",
            try_this=f"make both sides a multiple of {STEP_PX}",
        )
    size_px = height_px, width_px
    least = card.min_score if min_score is None else min_score
    match card.id:
        case "haar":
            return HaarDetector(card, path, *size_px, least)
        case "ssd":
            return SsdDetector(card, path, *size_px, least)
        case "mtcnn":
            with torch_extra("detector mtcnn"):
                from models.detectors.mtcnn import MtcnnDetector
            return MtcnnDetector(card, path, *size_px, least)
        case _:
            return LetterboxedDetector(card, path, *size_px, least, threads)
