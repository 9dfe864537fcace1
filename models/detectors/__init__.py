"""Face detectors behind one callable: pictures in, detections out; knows nothing of tracks."""

from pathlib import Path
from typing import Final

import numpy as np

from models.detectors.detector import Detector
from models.detectors.haar import HaarDetector
from models.detectors.letterboxed import LetterboxedDetector, open_network
from models.detectors.ssd import SsdDetector
from models.engine import THREADS, Device, Engine
from models.registry import Card
from models.tiling import STEP_PX
from moodtrace.errors import ConfigurationError
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX
from moodtrace.torch_extra import torch_extra

__all__ = ["Detector", "Device", "Engine", "open_detector"]

OWN_ENGINE: Final = frozenset({"haar", "ssd", "mtcnn"})
"""Detectors that neither ONNX Runtime nor `models.detectors.torch_network` runs."""


def open_detector(
    card: Card,
    path: Path,
    *,
    height_px: int = ANALYSIS_HEIGHT_PX,
    width_px: int = ANALYSIS_WIDTH_PX,
    min_score: float | None = None,
    threads: int = THREADS,
    engine: Engine = "onnx",
    device: Device = "cpu",
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
        engine: what runs YuNet and CenterFace; torch is for GPUs, on a CPU it is the slower one.
        device: what computes; only the engine torch knows another than the CPU.

    Raises:
        ConfigurationError: the size is no multiple of 32, the weights can't be run, there is no
            such device, or the `torch` extra is not installed.
    """
    if height_px % STEP_PX or width_px % STEP_PX:
        raise ConfigurationError(
            f"a detector can't look at {width_px} x {height_px} px",
            where=f"detector {card.id}",
            try_this=f"make both sides a multiple of {STEP_PX}",
        )
    if card.id in OWN_ENGINE and (engine, device) != ("onnx", "cpu"):
        raise ConfigurationError(
            f"the detector {card.id} runs its own way on the CPU, not by {engine} on {device}",
            where="MOODTRACE_ANALYSIS_ENGINE and MOODTRACE_ANALYSIS_DEVICE",
            try_this="unset both, or take yunet or centerface",
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
            network = open_network(card, path, engine, device, threads)
            detector = LetterboxedDetector(card, network, *size_px, least)
            if engine == "torch":
                detector([np.zeros((*size_px, 3), np.uint8)])  # a GPU is slow the first time
            return detector
