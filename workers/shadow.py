"""A second emotion network sees the faces that the first one read, and no result changes by it.

What counts is how far the two agree on what a viewer sees: the emotion that shows most, or that the
network abstains.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, NamedTuple

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from models.crops import cut
from models.emotion import EmotionNetwork
from models.registry import card_of
from moodtrace.labels import EMOTIONS, QUANTUM
from moodtrace.messages import BOX_UNITS, Face, FacesScored, FrameCaptured, FrameFailed
from workers.analyzer import picture, quantised

logger = logging.getLogger(__name__)

ABSTAINED: Final = len(EMOTIONS)
"""What a network that abstains says, beside the places of `EMOTIONS`."""

Show = Callable[[Sequence[bytes], Sequence[bytes], int], None]
"""Has the shadow look at frames and at what became of them, and waits for it; is told, too, how
many frames it has missed since."""

_frames: Final = msgspec.msgpack.Decoder(FrameCaptured)
_scored: Final = msgspec.msgpack.Decoder(FacesScored | FrameFailed)


class Agreement(NamedTuple):
    """How far a shadow agrees with the network in charge, so far."""

    faces: int = 0
    """Faces that both have read."""
    agreed: int = 0
    """Of which both said the same."""
    kappa: float = 0.0
    """Cohen's kappa (1960): agreement beyond chance, 1 at most; 0 if both say the same of all."""
    missed_frames: int = 0
    """Frames that came while it was busy, or on which it failed."""


class Shadow:
    """The second network; see `docs/reference/serve.md`."""

    def __init__(self, open_network: Callable[[], EmotionNetwork]) -> None:
        """Load it."""
        self._network = open_network()
        self._counts = np.zeros((ABSTAINED + 1, ABSTAINED + 1), np.int64)
        self._missed = 0

    def __call__(self, frames: Sequence[bytes], scored: Sequence[bytes], missed: int) -> None:
        """Look at a batch.

        Args:
            frames: messages of `FrameCaptured`, as msgpack.
            scored: what became of each, as msgpack.
            missed: frames that it was not shown, since the last batch.
        """
        self._missed += missed
        for frame, message in zip(frames, scored, strict=True):
            result = _scored.decode(message)
            if isinstance(result, FacesScored) and (usable := _usable(result)):
                verdicts = self._verdicts(_frames.decode(frame), result.detector, usable)
                for face, verdict in zip(usable, verdicts, strict=True):
                    self._counts[_verdict(face), verdict] += 1

    def agreement(self) -> Agreement:
        """Return how far the two agree."""
        counts = self._counts
        return Agreement(
            int(counts.sum()), int(np.trace(counts)), cohens_kappa(counts), self._missed
        )

    def _verdicts(
        self, frame: FrameCaptured, detector: str, faces: Sequence[Face]
    ) -> npt.NDArray[np.int64]:
        """Return what this network says of each face."""
        card = self._network.card
        assert card.input_size_px is not None
        gray = np.asarray(cv2.cvtColor(picture(frame), cv2.COLOR_BGR2GRAY), np.uint8)
        size_px = np.array([frame.width, frame.height] * 2)
        boxes = np.array([face.xyxy for face in faces]) * size_px / BOX_UNITS
        side = card_of(detector, "detector").face_side
        crops = cut(gray, boxes.astype(np.float32), card.input_size_px[0], side=side)
        scores, contempt = self._network(crops)
        emotions = quantised(scores)
        unsure = emotions.max(axis=1) < round(card.min_confidence * QUANTUM)
        return np.where(unsure | contempt, ABSTAINED, emotions.argmax(axis=1))


class Mirror:
    """Shows a shadow one batch at a time; what comes meanwhile it misses."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._missed = 0
        self._under_way: Future[int] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="shadow")

    def __call__(self, frames: Sequence[bytes], scored: Sequence[bytes]) -> None:
        """Begin to show a batch, and return at once."""
        if self._under_way and not self._under_way.done():
            self._missed += len(frames)
            return
        missed = self._missed + (self._under_way.result() if self._under_way else 0)
        self._missed = 0
        self._under_way = self._pool.submit(self._shown, frames, scored, missed)

    def _shown(self, frames: Sequence[bytes], scored: Sequence[bytes], missed: int) -> int:
        """Return how many frames are still to be told as missed."""
        try:
            self._show(frames, scored, missed)
        except Exception:
            logger.exception("the shadow failed")
            return missed + len(frames)
        return 0


def cohens_kappa(counts: npt.NDArray[np.int64]) -> float:
    """Return agreement beyond chance; 0 where chance explains all.

    Args:
        counts: `(n, n)` cases by what the one said and what the other said.
    """
    total = counts.sum()
    by_chance = (counts.sum(axis=0) @ counts.sum(axis=1)) / max(1, total) ** 2
    if not total or by_chance == 1:
        return 0.0
    return float((np.trace(counts) / total - by_chance) / (1 - by_chance))


def _usable(message: FacesScored) -> list[Face]:
    return [face for face in message.faces if not face.excluded]


def _verdict(face: Face) -> int:
    """Return what the network in charge said of a face."""
    return ABSTAINED if face.abstained else face.emotion.index(max(face.emotion))
