"""Measures how well covered eyes and mouths are told from free ones, and whom that would hit.

    python -m benchmarks.face_quality_occlusion [--shared ../shared] [--every 9]

Eyes or mouths of faces that YuNet finds in photos and footage, and of FER2013's PublicTest, are
covered by rectangles: black, gray, the colour of the nose, or a piece of the same picture. What
YuNet still finds is measured. AUC: how often a covered face has the higher hint than a free one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks._face_quality import Given, Image, Labels, given
from benchmarks.face_quality_cost import CLIPS, pictures
from models.boxes import iou, longer_sides
from models.crops import cut
from models.detections import Array, Detections
from models.detectors import Detector
from models.face_quality import SIDE_PX, face_quality
from moodtrace.labels import EMOTIONS

SMALLEST_PX: Final = 40
EVERY_FRAME: Final = 20
PICTURE_PX: Final = 192
LEAST_IOU: Final = 0.4
COVERS: Final = ("black", "gray", "skin", "picture")
PARTS: Final = {"eyes": (1.15, 0.38), "mouth": (0.85, 0.45)}
"""Half a cover's width and height, in distances between eyes and mouth."""


class Seen(NamedTuple):
    """What tells covered faces apart, for one face."""

    hint: float
    score: float


def main() -> None:
    """Print the tables."""
    run = given(__doc__)
    compare("photos and footage", run.detector(), list(found_faces(run)))
    detector = run.detector(PICTURE_PX, PICTURE_PX)
    faces, labels = run.faces()
    large = [enlarged(face) for face in faces]
    whole = [(picture, detector([picture])[0]) for picture in large]
    compare("FER2013", detector, [(p, f.take(np.array([0]))) for p, f in whole if len(f)])
    by_emotion(faces, labels)


def found_faces(run: Given) -> Iterator[tuple[Image, Detections]]:
    """Give the faces, one by one, of photos and of some frames of the clips."""
    detector = run.detector()
    for name in CLIPS:
        step = 1 if name == "photos" else EVERY_FRAME
        for number, picture in enumerate(pictures(run.shared / "footage" / name)):
            if number % step:
                continue
            (found,) = detector([picture])
            for place in np.flatnonzero(longer_sides(found.xyxy) >= SMALLEST_PX):
                yield picture, found.take(np.array([place]))


def enlarged(face: Image) -> Image:
    """Show a FER2013 face as a picture, twice as large, in the middle of its own edges."""
    large = cv2.resize(face, None, fx=2, fy=2)
    padded = np.pad(large, (PICTURE_PX - len(large)) // 2, mode="edge")
    return np.asarray(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR), np.uint8)


def compare(name: str, detector: Detector, faces: Sequence[tuple[Image, Detections]]) -> None:
    """Print the AUC of the hint and of the detector's score."""
    rng = np.random.default_rng(0)
    free = [seen(picture, face, detector.card.face_side) for picture, face in faces]
    covered = defaultdict[str, list[Seen]](list)
    lost = 0
    for picture, face in faces:
        for part in PARTS:
            for cover in COVERS:
                worse = covered_picture(picture, face.landmarks[0], part, cover, rng)
                again = nearest(detector([worse])[0], face.xyxy)
                lost += again is None
                if again is not None:
                    found = seen(worse, again, detector.card.face_side)
                    covered[f"{part} by {cover}"].append(found)
    tried = len(faces) * len(PARTS) * len(COVERS)
    print(f"\n{name}: {len(faces)} faces; {lost / tried:.0%} of the covered are not found again")
    everything = [found for cases in covered.values() for found in cases]
    for case, cases in {"all": everything, **covered}.items():
        hint, score = auc(free, cases)
        print(
            f"  {case:16} {len(cases):5} faces, AUC of the hint {hint:.3f},"
            f" of the score {score:.3f}"
        )
    limit = float(np.percentile([each.hint for each in free], 95))
    told = np.mean([each.hint > limit for each in everything])
    print(f"  beyond {limit:.2f}, where 5 % of free faces are, {told:.0%} of the covered are")


def seen(picture: Image, face: Detections, side: float) -> Seen:
    """Measure one face as a replay does."""
    gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    quality = face_quality(cut(gray, face.xyxy, SIDE_PX, side=side))
    return Seen(float(quality.occlusion[0]), float(face.scores[0]))


def nearest(found: Detections, xyxy: Array) -> Detections | None:
    """Return the detection that is the face, if there is one."""
    overlaps = iou(found.xyxy, xyxy)[:, 0]
    if not overlaps.size or overlaps.max() < LEAST_IOU:
        return None
    return found.take(np.array([overlaps.argmax()]))


def covered_picture(
    picture: Image, landmarks: Array, part: str, cover: str, rng: np.random.Generator
) -> Image:
    """Cover the eyes or the mouth of a face."""
    eyes, mouth, nose = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0), landmarks[2]
    apart_px = float(np.linalg.norm(mouth - eyes))
    half_px = np.array(PARTS[part]) * apart_px
    centre = eyes if part == "eyes" else mouth
    limits = np.array(picture.shape[1::-1])
    left, top = np.clip(np.rint(centre - half_px), 0, limits - 1).astype(int)
    right, bottom = np.clip(np.rint(centre + half_px), 1, limits).astype(int)
    x, y = np.clip(np.rint(nose), 0, limits - 1).astype(int)
    worse = picture.copy()
    if cover == "picture":
        from_x = int(rng.integers(0, limits[0] - (right - left) + 1))
        from_y = int(rng.integers(0, limits[1] - (bottom - top) + 1))
        patch = picture[from_y : from_y + bottom - top, from_x : from_x + right - left]
        worse[top:bottom, left:right] = patch
        return worse
    colour = {"black": (10, 10, 10), "gray": (128, 128, 128), "skin": picture[y, x]}[cover]
    noise = rng.normal(0, 3, (bottom - top, right - left, 1))
    worse[top:bottom, left:right] = np.clip(np.asarray(colour) + noise, 0, 255).astype(np.uint8)
    return worse


def auc(free: Sequence[Seen], covered: Sequence[Seen]) -> tuple[float, float]:
    """Return the areas under the curves of the hint and of the detector's score."""
    truth = [0] * len(free) + [1] * len(covered)
    hints = [each.hint for each in (*free, *covered)]
    scores = [-each.score for each in (*free, *covered)]
    return float(roc_auc_score(truth, hints)), float(roc_auc_score(truth, scores))


def by_emotion(faces: Sequence[Image], labels: Labels) -> None:
    """Print whom a limit on the hint would leave out: free faces that show this or that."""
    crops = np.stack(
        [cv2.resize(f, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) for f in faces]
    )
    hints = face_quality(np.asarray(crops, np.uint8)).occlusion
    limit = np.percentile(hints, 95)
    shares = [
        f"{name} {(hints[labels == n] > limit).mean():.1%}" for n, name in enumerate(EMOTIONS)
    ]
    print(f"\nFree faces of FER2013 beyond {limit:.2f}, by what they show: {', '.join(shares)}")


if __name__ == "__main__":
    main()
