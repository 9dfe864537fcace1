"""Shows what a detector's least score costs: recall and precision on photos, faces in footage.

    python -m benchmarks.detector_scores [ID]... [--shared ../shared] [--data-dir FOLDER]

`moodtrace models bench --detectors` measures at the least scores that this helped to choose. What
is found in footage is counted, not checked: nobody has drawn boxes there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks._models_options import parser
from models.boxes import longer_sides
from models.detectors import Detector, open_detector
from models.evaluation.detection import match, pooled
from models.evaluation.group_photos import Photo, read_photos
from models.registry import CARDS, card_of
from models.weights import folders_of, pull

Image = npt.NDArray[np.uint8]

SIZES_PX: Final = ((384, 640), (544, 960), (736, 1280))
"""Heights and widths."""
LEAST_SCORE: Final = 0.2
MIN_SCORES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CLIPS: Final = ("audience_cut_a.mp4", "classroom.mp4", "no_face.mp4")
CLIP_FRAMES: Final = 24
USABLE_PX: Final = (24, 32)


def main() -> None:
    """Print the tables of the detectors that are asked for."""
    options = parser(__doc__).parse_args()
    folders = folders_of(options.shared / "weights", options.data_dir)
    footage = options.shared / "footage"
    photos = read_photos(footage / "photos")
    clips = {name: list(_frames(footage / name)) for name in CLIPS}
    known = [card.id for card in CARDS.values() if card.kind == "detector"]
    for card in (card_of(name, "detector") for name in options.ids or known):
        path = pull(card, folders)
        for height_px, width_px in SIZES_PX:
            detector = open_detector(
                card, path, height_px=height_px, width_px=width_px, min_score=LEAST_SCORE
            )
            print(f"\n{card.id} {width_px} x {height_px}")
            _print_photos(detector, photos)
            for name, frames in clips.items():
                scale = min(1, height_px / frames[0].shape[0], width_px / frames[0].shape[1])
                _print_clip(name, detector, frames, scale, card.min_score)


def _frames(path: Path) -> Iterator[Image]:
    """Give a few frames, evenly spread."""
    clip = cv2.VideoCapture(str(path))
    count = int(clip.get(cv2.CAP_PROP_FRAME_COUNT))
    for index in np.linspace(0, count - 2, CLIP_FRAMES).astype(int):
        clip.set(cv2.CAP_PROP_POS_FRAMES, int(index))
        read, frame = clip.read()
        if read:
            yield np.asarray(frame, np.uint8)
    clip.release()


def _print_photos(detector: Detector, photos: list[Photo]) -> None:
    found = pooled(
        match(photo.xyxy, detector([photo.image])[0], complete=photo.complete) for photo in photos
    )
    print("  photos:               score  recall  precision")
    for min_score in MIN_SCORES:
        recall, precision = found.recall(min_score), found.precision(min_score)
        print(
            f"{min_score:29} {recall or 0:7.3f} {np.nan if precision is None else precision:10.3f}"
        )


def _print_clip(
    name: str, detector: Detector, frames: list[Image], scale: float, min_score: float
) -> None:
    """Print how many faces a frame has, by score, and how many are large in the analysed frame."""
    found = detector(frames)
    scores = np.concatenate([detections.scores for detections in found])
    sizes_px = np.concatenate([longer_sides(detections.xyxy) for detections in found]) * scale
    by_score = [f"{(scores >= least).sum() / len(found):.2f}" for least in MIN_SCORES]
    by_size = [
        f"{((scores >= min_score) & (sizes_px >= least)).sum() / len(found):.2f} >= {least} px"
        for least in USABLE_PX
    ]
    print(f"  {name}: faces per frame {' '.join(by_score)} by score; {', '.join(by_size)}")


if __name__ == "__main__":
    main()
