"""Measures from which sharpness, brightness and contrast on faces can be read.

    python -m benchmarks.face_quality_limits [--shared ../shared] [--every 1]

FER2013's PublicTest faces are made worse, level by level, and scored by the committed network.
First comes what each level costs; then all worsened faces are sorted by what was measured in them,
beside the accuracy that the very same faces have as they are.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks._face_quality import Worsened, answers, given, show, show_line
from models.face_quality import SIDE_PX, face_quality
from models.letterbox import resized

Pixels = npt.NDArray[np.float32]
Worsening = Callable[[Pixels, float], Pixels]

NOISE: Final = 2.0
"""Gray levels of deviation."""
BINS: Final = {
    "sharpness": (1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4),
    "brightness": (10, 20, 25, 30, 35, 40, 50, 60, 80, 180, 200, 210, 220, 225, 230, 240, 250),
    "contrast": (2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 30),
}


def blurred(face: Pixels, sigma_px: float) -> Pixels:
    """Blur as a lens out of focus."""
    return np.asarray(cv2.GaussianBlur(face, (0, 0), sigma_px), np.float32)


def moved(face: Pixels, length_px: float) -> Pixels:
    """Blur as a head that moves sideways."""
    blur = cv2.blur(face, (int(length_px), 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blur, np.float32)


def shrunk(face: Pixels, side_px: float) -> Pixels:
    """Show a face from so far that it is so small."""
    small = cv2.resize(face, (int(side_px), int(side_px)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, face.shape), np.float32)


def lit(face: Pixels, factor: float) -> Pixels:
    """Give less light, or more than the sensor takes."""
    return face * np.float32(factor)


def veiled(face: Pixels, share: float) -> Pixels:
    """Mix with white, as stray light on the lens does."""
    return face + np.float32(share) * (255 - face)


def flattened(face: Pixels, factor: float) -> Pixels:
    """Take contrast and leave the light."""
    return np.asarray(face.mean() + (face - face.mean()) * np.float32(factor), np.float32)


def noisy(worsen: Worsening) -> Worsening:
    """Add a sensor's noise after something else, the same in each run."""

    def worsened(face: Pixels, level: float) -> Pixels:
        noise = np.random.default_rng(int(face.sum())).normal(0, NOISE, face.shape)
        return worsen(face, level) + noise.astype(np.float32)

    return worsened


DARK: Final = (0.5, 0.3, 0.2, 0.15, 0.1)
WORSENINGS: Final[dict[str, tuple[str, Worsening, tuple[float, ...]]]] = {
    "out of focus, sigma in 1/48 of the side": ("sharpness", blurred, (0.5, 1, 1.5, 2, 2.5, 3)),
    "moving, length in 1/48 of the side": ("sharpness", moved, (3, 5, 9, 13)),
    "small, side in px": ("sharpness", shrunk, (20, 24, 28, 32)),
    "dark, light x": ("brightness", lit, DARK),
    "dark and noisy, light x": ("brightness", noisy(lit), DARK),
    "overexposed, light x": ("brightness", lit, (1.2, 1.4, 1.6, 1.8, 2, 2.5, 3)),
    "veiled in white, share": ("brightness", veiled, (0.2, 0.4, 0.6, 0.75)),
    "flat, contrast x": ("contrast", flattened, (*DARK, 0.07)),
    "flat and noisy, contrast x": ("contrast", noisy(flattened), DARK),
}
"""What makes a face worse: the measure that should tell, how, and the levels."""


def main() -> None:
    """Print the tables."""
    run = given(__doc__)
    network = run.network()
    faces, labels = run.faces()
    before = answers(network, np.stack(faces), labels)
    show_line("as they are", before, f"{len(faces)} faces")

    def at(measure: str, worsen: Worsening, level: float) -> Worsened:
        worse = [np.rint(worsen(face.astype(np.float32), level)) for face in faces]
        crops = np.clip(worse, 0, 255).astype(np.uint8)
        small = np.stack([resized(crop, SIDE_PX, SIDE_PX) for crop in crops])
        measured = face_quality(small)._asdict()[measure]
        return Worsened(answers(network, crops, labels), measured, before.right)

    for name, (measure, worsen, levels) in WORSENINGS.items():
        print(f"\n{measure}: {name}")
        show(levels, [at(measure, worsen, level) for level in levels], BINS[measure])


if __name__ == "__main__":
    main()
