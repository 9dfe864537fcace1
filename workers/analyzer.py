"""One copy of all networks: a batch of frames in, a batch of numbers out; knows no queue."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.crops import cut
from models.detections import Detections
from models.detectors import FaceDetector
from models.emotion import EmotionNetwork
from models.engine import NonFiniteError
from moodtrace.labels import QUANTUM
from moodtrace.messages import Face, FacesScored, FrameCaptured, FrameFailed, Scored

BOX_UNITS = 10_000
"""Boxes are written in 1/10000 of the frame."""

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Analyzer:
    """Finds the faces of frames and scores those that are usable.

    No picture and no crop outlives a call.
    """

    detector: FaceDetector
    emotion: EmotionNetwork
    min_face_px: int
    """Faces whose longer side is less, in pixels of the frame, are excluded as `too_small`."""
    max_faces: int
    """More faces than this in a frame are excluded as `too_many`, lowest score first."""

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        """Analyse frames; a frame that fails, fails alone.

        Args:
            frames: Of any sizes.

        Returns:
            One message per frame, in the same order.
        """
        try:
            return self._analyse(frames) if frames else []
        except (NonFiniteError, ValueError, cv2.error) as error:
            if len(frames) > 1:
                return [self([frame])[0] for frame in frames]
            return [_failed(frames[0], error)]

    def _analyse(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        images = [picture(frame) for frame in frames]
        found = self.detector(images)
        reasons = [self._exclusions(detections) for detections in found]
        crops = [
            self._crops(image, detections.xyxy[[not reason for reason in excluded]])
            for image, detections, excluded in zip(images, found, reasons, strict=True)
        ]
        scores = quantised(self.emotion(np.concatenate(crops)))
        ends = np.cumsum([len(faces) for faces in crops])[:-1]
        per_frame = np.split(scores, ends)
        return [
            self._scored(*parts) for parts in zip(frames, found, reasons, per_frame, strict=True)
        ]

    def _exclusions(self, detections: Detections) -> list[str]:
        """Say for each face why it is not usable, or nothing."""
        sides_px = (detections.xyxy[:, 2:] - detections.xyxy[:, :2]).max(axis=1, initial=0)
        small = sides_px < self.min_face_px
        return [
            "too_many" if place >= self.max_faces else "too_small" if is_small else ""
            for place, is_small in enumerate(small.tolist())
        ]

    def _crops(self, image: Image, xyxy: npt.NDArray[np.float32]) -> Image:
        gray = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        assert self.emotion.card.input_size_px is not None
        side_px = self.emotion.card.input_size_px[0]
        return cut(gray, xyxy, side_px, side=self.detector.card.face_side)

    def _scored(
        self,
        frame: FrameCaptured,
        detections: Detections,
        excluded: Sequence[str],
        scores: npt.NDArray[np.int64],
    ) -> FacesScored:
        boxes = in_box_units(detections.xyxy, frame.width, frame.height).tolist()
        confidences = quantised(detections.scores).tolist()
        emotions = iter(scores.tolist())
        faces = tuple(
            Face(
                xyxy=tuple(box),
                score=confidence,
                emotion=() if reason else tuple(next(emotions)),
                excluded=reason,
            )
            for box, confidence, reason in zip(boxes, confidences, excluded, strict=True)
        )
        return FacesScored(
            screening_id=frame.screening_id,
            camera_id=frame.camera_id,
            source_epoch=frame.source_epoch,
            seq=frame.seq,
            pts_ms=frame.pts_ms,
            faces=faces,
            detector=self.detector.card.id,
            emotion_model=self.emotion.card.id,
        )


def picture(frame: FrameCaptured) -> Image:
    """Return the picture of a frame.

    Returns:
        `(height, width, 3) uint8` BGR.

    Raises:
        ValueError: The bytes are no such picture.
    """
    data = np.frombuffer(frame.image, np.uint8)
    if frame.encoding == "raw":
        return data.reshape(frame.height, frame.width, 3)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("the bytes are no JPEG picture")
    return np.asarray(image, np.uint8)


def quantised(values: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Turn scores of 0 to 1 into thousandths, half to even: integers from here on."""
    return np.rint(values.astype(np.float64) * QUANTUM).astype(np.int64)


def in_box_units(xyxy: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.int64]:
    """Turn `(n, 4)` boxes in pixels into 1/10000 of the frame."""
    size = np.array([width, height, width, height], np.float64)
    return np.rint(xyxy / size * BOX_UNITS).astype(np.int64)


def _failed(frame: FrameCaptured, error: Exception) -> FrameFailed:
    return FrameFailed(
        screening_id=frame.screening_id,
        camera_id=frame.camera_id,
        source_epoch=frame.source_epoch,
        seq=frame.seq,
        pts_ms=frame.pts_ms,
        reason="model_nan" if isinstance(error, NonFiniteError) else "bad_picture",
    )
