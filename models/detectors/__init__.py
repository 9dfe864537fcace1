"""Face detectors behind one callable: pictures in, detections out; knows nothing of tracks."""

from pathlib import Path

from models import engine
from models.detectors.detector import Detector
from models.detectors.letterboxed import LetterboxedDetector
from models.registry import Card
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

__all__ = ["Detector", "open_detector"]


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
        threads: how many threads share the work.

    Raises:
        ConfigurationError: the size is no multiple of 32, or the weights can't be run.
    """
    return LetterboxedDetector(
        card,
        path,
        height_px=height_px,
        width_px=width_px,
        min_score=card.min_score if min_score is None else min_score,
        threads=threads,
    )
