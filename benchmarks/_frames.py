"""Frames of real footage, as a camera sends them."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX, FrameCaptured

FOOTAGE = Path(__file__).parents[2] / "shared/footage"
DEFAULTS = [FOOTAGE / "audience_cut_a.mp4", FOOTAGE / "WolfgangLanger_Pexels.mp4"]

Image = npt.NDArray[np.uint8]


def frames_of(path: Path, count: int) -> list[FrameCaptured]:
    """Return the first frames of a video as JPEG at the analysis size, again if it is short."""
    video = cv2.VideoCapture(str(path))
    pictures: list[Image] = []
    while len(pictures) < count:
        ok, image = video.read()
        if not ok:
            break
        height, width = image.shape[:2]
        scale = min(1, ANALYSIS_WIDTH_PX / width, ANALYSIS_HEIGHT_PX / height)
        fitted = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pictures.append(np.asarray(fitted, np.uint8))
    video.release()
    return [_frame(seq, pictures[seq % len(pictures)]) for seq in range(count)]


def _frame(seq: int, image: Image) -> FrameCaptured:
    return FrameCaptured(
        screening_id="bench",
        camera_id="front",
        source_epoch=1,
        seq=seq,
        pts_ms=seq * 200,
        width=image.shape[1],
        height=image.shape[0],
        encoding="jpeg",
        image=cv2.imencode(".jpg", image)[1].tobytes(),
    )
