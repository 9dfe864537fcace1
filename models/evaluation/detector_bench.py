"""Measures detectors: what they find in pictures whose faces are known, and how long that takes."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from models import engine
from models.detectors import Detector, open_detector
from models.detectors.tiled import open_tiled
from models.evaluation.detection import Matches, match, pooled
from models.evaluation.detector_results import DetectorResult, Measurement, OfSize, On
from models.evaluation.group_photos import Photo
from models.evaluation.speed import processor
from models.evaluation.wide_shot import wide_shot
from models.registry import Card
from models.tiling import Tiling
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

SIZES_PX: Final = (0, 12, 16, 24, 32, 48, 96)
"""Where the sizes of faces begin that are told apart."""

HALL_PX: Final = (16, 20, 25)
FRONT_ROWS_PX: Final = (100, 200)
"""Median faces of the two wide shots."""

LEAST_SCORE: Final = 0.05
"""Average precision asks for low scores too; what is below adds nothing to it."""

FEWEST_FRAMES: Final = 5
MOST_FRAMES: Final = 25
LONGEST_S: Final = 12.0
"""After this many seconds no further frame is timed, but for the fewest."""

PHOTO_TILINGS: Final = tuple(
    Tiling(height_px, width_px, 1, 1)
    for height_px, width_px in ((384, 640), (544, 960), (736, 1280), (1088, 1920))
)
WIDE_TILINGS: Final = (
    Tiling(544, 960, 1, 1),
    Tiling(1088, 1920, 1, 1),
    Tiling(1088, 1920, 2, 2),
    Tiling(2176, 3840, 1, 1),
    Tiling(2176, 3840, 2, 2),
    Tiling(2176, 3840, 4, 4),
)
"""What is measured if nothing else is asked for."""

Show = Callable[[float], None]


@dataclass(frozen=True)
class Candidate:
    """A detector to measure, and the weights that it runs from."""

    card: Card
    path: Path


@dataclass(frozen=True)
class PictureSet:
    """Pictures of one kind, and how detectors look at them."""

    on: On
    photos: Sequence[Photo]
    tilings: Sequence[Tiling]

    def scale(self, photo: Photo, tiling: Tiling) -> float:
        """Return the pixels in which the sizes of faces are told / pixels of the picture.

        Of photos they are those of the analysed frame, which is never larger than the camera's; of
        wide shots the camera's, so that different sizes are told apart by the same faces.
        """
        if self.on == "wide shots":
            return 1.0
        height, width = photo.image.shape[:2]
        return float(min(1.0, tiling.height_px / height, tiling.width_px / width))


def picture_sets(photos: Sequence[Photo], tilings: Sequence[Tiling] = ()) -> list[PictureSet]:
    """Return the photos and wide shots made of them; no wide shots if no photo is complete.

    Args:
        photos: with every face's box.
        tilings: to measure on both; the usual ones of each if there are none.
    """
    shots = [wide_shot(photos, faces_px) for faces_px in (HALL_PX, FRONT_ROWS_PX)]
    shots = [shot for shot in shots if len(shot.xyxy)]
    sets = [PictureSet("photos", photos, tilings or PHOTO_TILINGS)]
    return [*sets, PictureSet("wide shots", shots, tilings or WIDE_TILINGS)] if shots else sets


def bench(
    candidates: Sequence[Candidate],
    sets: Sequence[PictureSet],
    reference: Candidate,
    show: Show,
) -> list[DetectorResult]:
    """Measure detectors.

    Args:
        candidates: what to measure.
        sets: on what, and at which sizes.
        reference: at its usual size it is the unit of time.
        show: is told the share that is done.
    """
    unit = open_detector(reference.card, reference.path)
    return [
        _result(candidate, sets, unit, _part_of(show, number, len(candidates)))
        for number, candidate in enumerate(candidates)
    ]


def _part_of(show: Show, number: int, count: int) -> Show:
    return lambda share: show((number + share) / count)


def _result(
    candidate: Candidate, sets: Sequence[PictureSet], unit: Detector, show: Show
) -> DetectorResult:
    load = os.getloadavg()[0]
    steps = [(pictures, tiling) for pictures in sets for tiling in pictures.tilings]
    measured = []
    for number, (pictures, tiling) in enumerate(steps, start=1):
        measured.append(_measurement(candidate, pictures, tiling, unit))
        show(number / len(steps))
    return DetectorResult(
        id=candidate.card.id,
        sha256=candidate.card.sha256,
        min_score=candidate.card.min_score,
        threads=engine.THREADS,
        processor=processor(),
        cores=os.cpu_count() or 1,
        load=round(load, 1),
        measured=tuple(measured),
    )


def _measurement(
    candidate: Candidate, pictures: PictureSet, tiling: Tiling, unit: Detector
) -> Measurement:
    """Measure one detector at one size on one set."""
    found = _matches(candidate, pictures, tiling)
    recall, average_precision = found.recall(candidate.card.min_score), found.average_precision()
    assert recall is not None and average_precision is not None  # every set has faces
    ms, unit_ms = _frame_ms(candidate, pictures, tiling, unit)
    return Measurement(
        on=pictures.on,
        width_px=tiling.width_px,
        height_px=tiling.height_px,
        columns=tiling.columns,
        rows=tiling.rows,
        faces=len(found.face_px),
        recall=recall,
        precision=found.precision(candidate.card.min_score),
        average_precision=average_precision,
        sizes=tuple(_by_size(found, candidate.card.min_score)),
        ms=round(ms, 2),
        times_reference=round(ms / unit_ms, 2),
    )


def _matches(candidate: Candidate, pictures: PictureSet, tiling: Tiling) -> Matches:
    detector = open_tiled(candidate.card, candidate.path, tiling, min_score=LEAST_SCORE)
    return pooled(
        match(
            photo.xyxy,
            detector([photo.image])[0],
            complete=photo.complete,
            scale=pictures.scale(photo, tiling),
        )
        for photo in pictures.photos
    )


def _by_size(found: Matches, min_score: float) -> Iterator[OfSize]:
    """Give the figures of each size of which there are faces."""
    for low_px, high_px in pairwise((*SIZES_PX, None)):
        assert low_px is not None
        sized = found.of_size(low_px, high_px or np.inf)
        recall = sized.recall(min_score)
        if recall is not None:
            yield OfSize(
                low_px=low_px,
                high_px=high_px,
                faces=len(sized.face_px),
                recall=recall,
                precision=sized.precision(min_score),
            )


def _frame_ms(
    candidate: Candidate, pictures: PictureSet, tiling: Tiling, unit: Detector
) -> tuple[float, float]:
    """Return the median time per frame, and that of the reference at its own size.

    Frames fill the size, as ingest hands them over. The two take turns, so that what else the
    machine does slows both; the first turn only warms up.
    """
    detector = open_tiled(candidate.card, candidate.path, tiling)
    turns: list[tuple[float, float]] = []
    ends_s = time.perf_counter() + LONGEST_S
    for photo in cycle(pictures.photos):
        frame = cv2.resize(photo.image, (tiling.width_px, tiling.height_px))
        small = cv2.resize(photo.image, (ANALYSIS_WIDTH_PX, ANALYSIS_HEIGHT_PX))
        turns.append((_seconds(detector, frame), _seconds(unit, small)))
        is_long = len(turns) >= MOST_FRAMES or time.perf_counter() > ends_s
        if is_long and len(turns) > FEWEST_FRAMES:
            break
    ms, unit_ms = np.median(turns[1:], axis=0) * 1000
    return float(ms), float(unit_ms)


def _seconds(detector: Detector, frame: npt.NDArray[Any]) -> float:
    began_s = time.perf_counter()
    detector([frame])
    return time.perf_counter() - began_s
