"""Compares what torch reads in real faces, cut on a device, with what the product reads by default.

    python -m benchmarks.device_accuracy [--shared ../shared] [--data-dir FOLDER] [--device cpu]

In group photos and every fourth second of two audiences: faces of usable sizes. Emotion scores are
apart in thousandths, ages in years; `other top` counts faces whose strongest emotion is another.
The last rows are of detectors in 16 bits: how many faces they lose, and the scores of the others in
their boxes. On a CPU 16 bits take minutes.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, get_args

import cv2
import numpy as np
import numpy.typing as npt
from platformdirs import user_data_path
from scipy.optimize import linear_sum_assignment

from models.boxes import iou, longer_sides
from models.crop_network import CropNetwork, Run
from models.detections import Detections
from models.detectors.letterboxed import LetterboxedDetector
from models.detectors.torch_network import TorchNetwork
from models.engine import Array, Device
from models.pictures import Boxes, Hold, Pictures, PicturesInMemory, holding, in_memory
from models.registry import CENTERFACE, MOODTRACE_AGE, MOODTRACE_EMOTION, YUNET, Card
from models.torch_crop_network import TorchCropNetwork
from models.weights import folders_of, pull
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX
from moodtrace.settings import load_analysis_settings

Image = npt.NDArray[np.uint8]

CLIPS: Final = ("audience_cut_a.mp4", "audience_cut_b.mp4")
EVERY_S: Final = 4
SAME_IOU: Final = 0.5
YEARS: Final = MOODTRACE_AGE.outputs.index("mean")


class Reader(NamedTuple):
    """One way to cut and to score."""

    hold: Hold
    emotion: Run
    age: Run

    def read(self, grays: Sequence[Image], boxes: Sequence[Boxes], side: float) -> list[Array]:
        """Return scores `(n, 7)` and ages `(n, 1)` of all faces."""
        parts = []
        for gray, xyxy in zip(grays, boxes, strict=True):
            pictures: Pictures = self.hold([gray])
            scores = self.emotion(pictures.cut([xyxy], 48, side))[0]
            parts.append((scores, self.age(pictures.cut([xyxy], 64, side))[YEARS]))
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]


def images_of(footage: Path) -> Iterator[Image]:
    """Give group photos, and moments of two audiences."""
    for path in sorted((footage / "photos").glob("*.jpg")):
        yield np.asarray(cv2.imread(str(path)), np.uint8)
    for name in CLIPS:
        video = cv2.VideoCapture(str(footage / name))
        step, number = round(EVERY_S * video.get(cv2.CAP_PROP_FPS)), 0
        while video.grab():
            if number % step == 0:
                yield np.asarray(video.retrieve()[1], np.uint8)
            number += 1


def usable(found: Detections) -> Detections:
    """Return the faces that are large enough to be read."""
    return found.take(longer_sides(found.xyxy) >= load_analysis_settings().min_face_px)


def show(name: str, found: Sequence[Array], expected: Sequence[Array]) -> None:
    """Print one row."""
    scores = 1000 * np.abs(found[0] - expected[0])
    years = np.abs(found[1] - expected[1])
    other = (found[0].argmax(axis=1) != expected[0].argmax(axis=1)).sum()
    print(
        f"| {name} | {len(scores)} | {scores.mean():.3f} | {scores.max():.1f} | {other} |"
        f" {years.mean():.3f} | {years.max():.2f} |"
    )


def pairs(first: Detections, second: Detections) -> tuple[Detections, Detections]:
    """Return the faces that both have, in one order."""
    overlaps = iou(first.xyxy, second.xyxy)
    rows, columns = linear_sum_assignment(-overlaps)
    same = overlaps[rows, columns] > SAME_IOU
    return first.take(rows[same]), second.take(columns[same])


def main() -> None:
    """Print how far crops are apart, then one row for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    parser.add_argument("--device", choices=get_args(Device), default="cpu")
    options = parser.parse_args()
    device: Device = options.device
    folders = folders_of(options.shared / "weights", options.data_dir)
    images = list(images_of(options.shared / "footage"))
    grays = [np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in images]

    def detector(card: Card, *, half: bool) -> LetterboxedDetector:
        network = TorchNetwork(card, pull(card, folders), device=device, half=half)
        return LetterboxedDetector(
            card, network, ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX, card.min_score
        )

    def on(hold: Hold, *, half: bool) -> Reader:
        networks = [
            TorchCropNetwork(card, pull(card, folders), device=device, half=half)
            for card in (MOODTRACE_EMOTION, MOODTRACE_AGE)
        ]
        return Reader(hold, *networks)

    own = [CropNetwork(card, pull(card, folders)) for card in (MOODTRACE_EMOTION, MOODTRACE_AGE)]
    product = Reader(PicturesInMemory, *own)
    found = [usable(each) for each in detector(YUNET, half=False)(images)]
    boxes, side = [each.xyxy for each in found], YUNET.face_side
    hold = holding("torch", device)
    for size_px in (16, 48, 64):
        here = PicturesInMemory(grays).cut(boxes, size_px, side)
        cuts = [
            in_memory(hold([gray]).cut([xyxy], size_px, side))
            for gray, xyxy in zip(grays, boxes, strict=True)
        ]
        apart = np.abs(here.astype(int) - np.concatenate(cuts))
        print(f"{size_px} px: {(apart > 0).mean():.4%} of pixels differ, by {apart.max()} at most")
    print("\n| | faces | emotions apart, mean | most | other top | ages, mean | most |")
    print("|---|---|---|---|---|---|---|")
    expected = product.read(grays, boxes, side)
    show("cut on the device", Reader(hold, *own).read(grays, boxes, side), expected)
    show("torch, 32 bits", on(PicturesInMemory, half=False).read(grays, boxes, side), expected)
    show("torch, 16 bits", on(PicturesInMemory, half=True).read(grays, boxes, side), expected)
    show("both, 16 bits", on(hold, half=True).read(grays, boxes, side), expected)
    for card in (YUNET, CENTERFACE):
        exact, rough = (detector(card, half=half)(images) for half in (False, True))
        both = [pairs(*each) for each in zip(map(usable, exact), rough, strict=True)]
        ours, theirs = zip(*both, strict=True)
        lost = sum(len(usable(each)) for each in exact) - sum(map(len, ours))
        show(
            f"{card.id} in 16 bits, {lost} lost",
            product.read(grays, [each.xyxy for each in theirs], card.face_side),
            product.read(grays, [each.xyxy for each in ours], card.face_side),
        )


if __name__ == "__main__":
    main()
