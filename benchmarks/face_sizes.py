"""Measures how small a face may be before its emotion is guesswork.

    python -m benchmarks.face_sizes [--shared ../shared] [--data-dir FOLDER]

FER2013's PublicTest faces are scaled down to N px and up again, as a distant camera would see them.
"""

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from platformdirs import user_data_path

from models.emotion import EmotionNetwork
from models.letterbox import resized
from models.registry import MINI_XCEPTION
from models.weights import folders_of, pull

SIDES_PX: Final = (8, 12, 16, 20, 24, 32, 40, 48)
PUBLIC_TEST: Final = 1
CROP_PX: Final = 64


def main() -> None:
    """Print the accuracy and the share of unchanged answers for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    options = parser.parse_args()
    folders = folders_of(options.shared / "weights", options.data_dir)
    network = EmotionNetwork(MINI_XCEPTION, pull(MINI_XCEPTION, folders))
    faces, labels = read_faces(options.shared / "data" / "fer2013.npz")
    whole = answers(network, faces, 48)
    print("face px  accuracy  same answer as at 48 px")
    for side_px in SIDES_PX:
        found = answers(network, faces, side_px)
        print(f"{side_px:7} {(found == labels).mean():9.4f} {(found == whole).mean():24.4f}")


def read_faces(path: Path) -> tuple[list[npt.NDArray[np.uint8]], npt.NDArray[np.int8]]:
    """Return the PublicTest faces, each `(48, 48) uint8` gray, and their labels."""
    with np.load(path) as file:
        rows = np.flatnonzero(file["usage"] == PUBLIC_TEST)
        content, offsets, labels = file["webp"], file["offsets"], file["label_fer2013"]
    pictures = (content[offsets[row] : offsets[row + 1]] for row in rows)
    faces = [np.asarray(cv2.imdecode(picture, 0), np.uint8) for picture in pictures]
    return faces, labels[rows]


def answers(
    network: EmotionNetwork, faces: list[npt.NDArray[np.uint8]], side_px: int
) -> npt.NDArray[np.intp]:
    """Return the top emotion of each face, seen at a size."""
    small = (resized(face, side_px, side_px) for face in faces)
    crops = np.stack([resized(face, CROP_PX, CROP_PX) for face in small])
    return np.asarray(network(crops).scores.argmax(axis=1), np.intp)


if __name__ == "__main__":
    main()
