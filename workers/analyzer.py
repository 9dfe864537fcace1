"""One copy of all networks: a batch of frames in, a batch of numbers out; knows no queue."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from models.age import AgeNetwork
from models.detections import Detections
from models.detectors import Detector
from models.emotion import EmotionNetwork
from models.engine import NonFiniteError
from models.head_pose import head_pose
from models.pictures import Boxes, Crops, Hold, Pictures, PicturesInMemory
from models.registry import Card
from moodtrace.labels import QUANTUM
from moodtrace.messages import (
    BOX_UNITS,
    Face,
    FacesScored,
    FrameCaptured,
    Quality,
    Scored,
)
from moodtrace.settings import AnalysisSettings
from workers.infer import failed
from workers.usability import Qualities, exclusions, measured

Image = npt.NDArray[np.uint8]
Poses = npt.NDArray[np.float32]

Timed = Callable[[str], AbstractContextManager[object]]
"""Given the name of a stage, makes what runs while it does."""

BLANK_SIDE_PX: Final = 64
"""Of the picture that `Analyzer.check` looks at."""


class _Read(NamedTuple):
    """What was read in one usable face, as in `Face`."""

    emotion: tuple[int, ...] = ()
    abstained: bool = False
    age: tuple[int, ...] = ()
    age_tenths: int = 0


@dataclass(frozen=True)
class Analyzer:
    """Finds the faces of frames and scores those that are usable.

    No picture and no crop outlives a call.
    """

    detector: Detector
    emotion: EmotionNetwork
    limits: AnalysisSettings
    """What makes a face usable."""
    age: AgeNetwork | None = None
    """None: ages stay unknown."""
    min_confidence: float | None = None
    """A lower top score, 0 to 1, says nothing: the face is abstained, as one that shows contempt
    is; the emotion card's if None."""
    analysis_sha256: str = ""
    """What its messages say of the settings and weights."""
    hold: Hold = PicturesInMemory
    """Puts pictures where faces are cut out of them: where the networks are."""
    timed: Timed = nullcontext
    """Times `decode`, `detect` and `score`."""

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
            reason = "model_nan" if isinstance(error, NonFiniteError) else "bad_picture"
            return [failed(frames[0], reason)]

    def check(self) -> None:
        """Send a blank picture and a blank face through every network; raise what they raise."""
        blank = np.zeros((BLANK_SIDE_PX, BLANK_SIDE_PX, 3), np.uint8)
        self.detector([blank])
        face = np.array([[0, 0, *blank.shape[:2]]], np.float32)
        self._read(self.hold([blank[..., 0]]), [face])

    def _analyse(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        with self.timed("decode"):
            images = [picture(frame) for frame in frames]
        with self.timed("detect"):
            found = self.detector(images)
        with self.timed("score"):
            return self._score(frames, images, found)

    def _score(
        self, frames: Sequence[FrameCaptured], images: Sequence[Image], found: Sequence[Detections]
    ) -> list[Scored]:
        pictures = self.hold([_gray(image) for image in images])
        poses = [_poses(detections) for detections in found]
        qualities = measured(pictures, found, self.detector.card.face_side)
        reasons = [exclusions(*pair, self.limits) for pair in zip(qualities, poses, strict=True)]
        boxes = [
            detections.xyxy[[not reason for reason in excluded]]
            for detections, excluded in zip(found, reasons, strict=True)
        ]
        read = iter(self._read(pictures, boxes))
        per_frame = zip(frames, found, poses, qualities, reasons, strict=True)
        return [self._scored(*parts, read) for parts in per_frame]

    def _read(self, pictures: Pictures, boxes: Sequence[Boxes]) -> list[_Read]:
        """Score all usable faces of all pictures together; they come out in order."""
        scores, contempt = self.emotion(self._crops(pictures, boxes, self.emotion.card))
        emotions = quantised(scores)
        given = self.min_confidence
        least = self.emotion.card.min_confidence if given is None else given
        unsure = emotions.max(axis=1, initial=0) < round(least * QUANTUM)
        ages, tenths = self._ages(pictures, boxes, len(emotions))
        columns = (emotions, unsure | contempt, ages, tenths)
        read = zip(*(column.tolist() for column in columns), strict=True)
        return [
            _Read(tuple(emotion), abstained, tuple(age), age_tenths)
            for emotion, abstained, age, age_tenths in read
        ]

    def _ages(
        self, pictures: Pictures, boxes: Sequence[Boxes], count: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return `(count, 8)` shares in age bands, in thousandths, and `(count,)` tenths of years.

        Ages that are not estimated have no shares: `(count, 0)`.
        """
        if self.age is None:
            return np.empty((count, 0), np.int64), np.zeros(count, np.int64)
        found = self.age(self._crops(pictures, boxes, self.age.card))
        tenths = np.rint(found.years.astype(np.float64) * 10).astype(np.int64)
        return thousandths(found.bands), tenths

    def _crops(self, pictures: Pictures, boxes: Sequence[Boxes], card: Card) -> Crops:
        """Cut all faces of all pictures as a network wants them, in one array."""
        assert card.input_size_px is not None
        return pictures.cut(boxes, card.input_size_px[0], self.detector.card.face_side)

    def _scored(
        self,
        frame: FrameCaptured,
        detections: Detections,
        poses: Poses,
        qualities: Qualities,
        excluded: Sequence[str],
        read: Iterator[_Read],
    ) -> FacesScored:
        """Make the message of a frame; usable faces take the next of what was read."""
        boxes = in_box_units(detections.xyxy, frame.width, frame.height).tolist()
        confidences = quantised(detections.scores).tolist()
        angles = np.rint(poses).astype(int).tolist()
        faces = tuple(
            _face(box, confidence, angle, quality, reason, _Read() if reason else next(read))
            for box, confidence, angle, quality, reason in zip(
                boxes, confidences, angles, qualities.tolist(), excluded, strict=True
            )
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
            age_model=self.age.card.id if self.age else "",
            analysis_sha256=self.analysis_sha256,
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


def thousandths(shares: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Turn `(n, m)` shares that sum to 1 into integers that sum to 1000: largest remainders."""
    exact = (
        shares.astype(np.float64) / shares.sum(axis=1, keepdims=True, dtype=np.float64) * QUANTUM
    )
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, axis=1, kind="stable")
    ranks = np.argsort(order, axis=1, kind="stable")
    rounded: npt.NDArray[np.int64] = whole + (ranks < QUANTUM - whole.sum(axis=1, keepdims=True))
    return rounded


def in_box_units(xyxy: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.int64]:
    """Turn `(n, 4)` boxes in pixels into 1/10000 of the frame."""
    size = np.array([width, height, width, height], np.float64)
    return np.rint(xyxy / size * BOX_UNITS).astype(np.int64)


def _gray(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _poses(detections: Detections) -> Poses:
    """Return `(n, 3)` angles; `(n, 0)` where the detector gives no landmarks."""
    if not detections.landmarks.shape[1]:
        return np.empty((len(detections), 0), np.float32)
    return head_pose(detections.landmarks)


def _face(
    box: Sequence[int],
    score: int,
    pose: Sequence[int],
    quality: Sequence[int],
    excluded: str,
    read: _Read,
) -> Face:
    left, top, right, bottom = box
    return Face(
        xyxy=(left, top, right, bottom),
        score=score,
        emotion=read.emotion,
        age=read.age,
        age_tenths=read.age_tenths,
        pose=() if excluded == "too_small" else tuple(pose),
        abstained=read.abstained,
        excluded=excluded,
        quality=Quality(*quality),
    )
