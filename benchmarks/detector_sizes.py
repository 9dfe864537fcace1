"""Compares detectors at several analysis sizes: recall, precision, time per frame.

    python -m benchmarks.detector_sizes [--shared ../shared] [--data-dir FOLDER]

Recall and precision are at IoU 0.4 on the group photos. Their boxes are YuNet's own, at a score
of 0.6 and full size, checked by eye: figures are fair between sizes, and kind to YuNet.
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from platformdirs import user_data_path

from models.boxes import iou
from models.detections import Detections
from models.detectors import Detector, open_detector
from models.registry import CARDS, Card
from models.weights import folders_of, pull

Image = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]
Size = tuple[int, int]
"""Height and width."""

SIZES_PX: Final = ((384, 640), (544, 960), (736, 1280))
"""Heights and widths."""
BINS_PX: Final = (0, 12, 16, 24, 32, 48, 10_000)
"""Edges of the face sizes: longer side of a box in the analysed frame."""
MIN_IOU: Final = 0.4
MIN_SCORES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CLIPS: Final = ("audience_cut_a.mp4", "classroom.mp4", "no_face.mp4")
CLIP_FRAMES: Final = 24
USABLE_PX: Final = (24, 32)


@dataclass(frozen=True)
class Photo:
    """A picture and the faces in it."""

    image: Image
    xyxy: Array
    """`(n, 4)` in pixels of the picture."""
    complete: bool
    """Whether every face has a box, so that others are false."""


@dataclass(frozen=True)
class Hits:
    """Faces and detections of all photos at one analysis size, with what matched."""

    face_px: Array
    """`(f,)` sizes in the analysed frame."""
    face_score: Array
    """`(f,)` score of the detection that matched; 0 if none did."""
    false_px: Array
    """`(d,)` sizes of the detections that match no face, of complete photos."""
    false_score: Array

    def recall(self, low_px: float, high_px: float, min_score: float) -> tuple[float, int]:
        """Return the share of faces of a size that were found, and how many faces there are."""
        sized = (self.face_px >= low_px) & (self.face_px < high_px)
        found = (self.face_score[sized] >= min_score).sum()
        return found / max(1, sized.sum()), int(sized.sum())

    def precision(self, low_px: float, high_px: float, min_score: float) -> float:
        """Return the share of detections of a size that are faces."""
        true = (self.face_px >= low_px) & (self.face_px < high_px) & (self.face_score >= min_score)
        false = (
            (self.false_px >= low_px) & (self.false_px < high_px) & (self.false_score >= min_score)
        )
        return float(true.sum() / max(1, true.sum() + false.sum()))


def read_photos(folder: Path) -> list[Photo]:
    """Read the group photos and their boxes."""
    photos = []
    for entry in json.loads((folder / "boxes.json").read_text()):
        image = np.asarray(cv2.imread(str(folder / entry["file"])), np.uint8)
        xyxy = np.asarray(entry["faces"], np.float32)
        xyxy[:, 2:] += xyxy[:, :2]
        photos.append(Photo(image, xyxy, entry["complete"]))
    return photos


def read_frames(path: Path) -> Iterator[Image]:
    """Give a few frames, evenly spread."""
    clip = cv2.VideoCapture(str(path))
    count = int(clip.get(cv2.CAP_PROP_FRAME_COUNT))
    for index in np.linspace(0, count - 2, CLIP_FRAMES).astype(int):
        clip.set(cv2.CAP_PROP_POS_FRAMES, int(index))
        read, frame = clip.read()
        if read:
            yield np.asarray(frame, np.uint8)
    clip.release()


def hits_of(detector: Detector, photos: list[Photo], size_px: Size) -> Hits:
    """Match what the detector finds with the faces that are there."""
    rows = [_hits_of_photo(detector, photo, size_px) for photo in photos]
    return Hits(*(np.concatenate(arrays) for arrays in zip(*rows, strict=True)))


def _hits_of_photo(
    detector: Detector, photo: Photo, size_px: Size
) -> tuple[Array, Array, Array, Array]:
    scale = _scale(photo.image, size_px)
    found = detector([photo.image])[0]
    pairs = iou(photo.xyxy, found.xyxy)
    matched = pairs >= MIN_IOU
    face_score = np.where(matched, found.scores, 0).max(axis=1, initial=0)
    false = ~matched.any(axis=0) & photo.complete
    false_px = _sizes_px(found.xyxy[false]) * scale
    return _sizes_px(photo.xyxy) * scale, face_score, false_px, found.scores[false]


def _scale(image: Image, size_px: Size) -> float:
    """Return how much a picture is scaled down to be analysed; it is never scaled up."""
    height, width = image.shape[:2]
    return float(min(1, size_px[0] / height, size_px[1] / width))


def _sizes_px(xyxy: Array) -> Array:
    return np.asarray((xyxy[:, 2:] - xyxy[:, :2]).max(axis=1, initial=0), np.float32)


def frame_ms(detector: Detector, images: list[Image]) -> float:
    """Return the median time that a frame of the analysis size takes."""
    times = []
    for image in images:
        start = time.perf_counter()
        detector([image])
        times.append((time.perf_counter() - start) * 1000)
    return float(np.median(times))


def report(card: Card, path: Path, photos: list[Photo], shared: Path) -> None:
    """Print one detector's tables."""
    clips = {name: list(read_frames(shared / "footage" / name)) for name in CLIPS}
    for height_px, width_px in SIZES_PX:
        detector = open_detector(card, path, height_px=height_px, width_px=width_px, min_score=0.2)
        size_px = height_px, width_px
        hits = hits_of(detector, photos, size_px)
        boxed = [np.asarray(cv2.resize(photo.image, size_px[::-1]), np.uint8) for photo in photos]
        print(f"\n{card.id} {width_px} x {height_px}: {frame_ms(detector, boxed):.1f} ms per frame")
        _print_sizes(hits, card.min_score)
        _print_scores(hits)
        for name, frames in clips.items():
            found = detector(frames)
            _print_clip(name, found, _scale(frames[0], size_px), card.min_score)


def _print_clip(name: str, found: list[Detections], scale: float, min_score: float) -> None:
    """Print how many faces a frame has, by score, and how many are large."""
    scores = np.concatenate([detections.scores for detections in found])
    sizes_px = np.concatenate([_sizes_px(detections.xyxy) for detections in found]) * scale
    by_score = [f"{(scores >= least).sum() / len(found):.2f}" for least in MIN_SCORES]
    by_size = [
        f"{((scores >= min_score) & (sizes_px >= least)).sum() / len(found):.2f} >= {least} px"
        for least in USABLE_PX
    ]
    print(f"  {name}: faces per frame {' '.join(by_score)} by score; {', '.join(by_size)}")


def _print_sizes(hits: Hits, min_score: float) -> None:
    print(f"  at score {min_score}:   size px  faces  recall  precision")
    for low_px, high_px in itertools.pairwise(BINS_PX):
        recall, faces = hits.recall(low_px, high_px, min_score)
        if faces:
            precision = hits.precision(low_px, high_px, min_score)
            print(f"  {low_px:13}-{high_px:<7} {faces:6} {recall:7.3f} {precision:10.3f}")


def _print_scores(hits: Hits) -> None:
    print("  all sizes:      score  recall  precision")
    for min_score in MIN_SCORES:
        recall, _ = hits.recall(0, np.inf, min_score)
        print(f"  {min_score:21} {recall:7.3f} {hits.precision(0, np.inf, min_score):10.3f}")


def main() -> None:
    """Measure all detectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    options = parser.parse_args()
    folders = folders_of(options.shared / "weights", options.data_dir)
    photos = read_photos(options.shared / "footage" / "photos")
    for card in CARDS.values():
        if card.kind == "detector":
            report(card, pull(card, folders), photos, options.shared)


if __name__ == "__main__":
    main()
