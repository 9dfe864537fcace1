"""How large the faces of each camera were of late; for its health alone."""

import statistics
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

from moodtrace.messages import BOX_UNITS, Captured, Face, FacesScored, FrameCaptured, Scored

FACES: Final = 200
"""The last so many of a camera: some seconds of a full room."""


def size_px(face: Face, width_px: int, height_px: int) -> float:
    """Return the longer side of a face in a picture of this size."""
    left, top, right, bottom = face.xyxy
    return max((right - left) * width_px, (bottom - top) * height_px) / BOX_UNITS


class FaceSizes:
    """Sizes of the last faces of each camera, in pixels of the analysed frame."""

    def __init__(self) -> None:
        self._sizes_px: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=FACES))

    def note(self, captured: Sequence[Captured], scored: Sequence[Scored]) -> None:
        """Take in frames and what was found in them, one beside the other."""
        for frame, found in zip(captured, scored, strict=True):
            if isinstance(frame, FrameCaptured) and isinstance(found, FacesScored):
                sizes_px = self._sizes_px[frame.camera_id]
                for face in found.faces:
                    sizes_px.append(size_px(face, frame.width, frame.height))

    def median_px(self, camera_id: str) -> int | None:
        """Return the median size; None if no face was seen."""
        sizes_px = list(self._sizes_px.get(camera_id, ()))
        return round(statistics.median(sizes_px)) if sizes_px else None
