"""Measures how well faces can be read; knows no thresholds and no networks."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SIDE_PX: Final = 16
"""Side of the crops that are measured: small enough that noise averages out, and no usable face
has to be scaled up for it."""
INNER: Final = slice(2, 14)
"""Rows and columns of a crop that show the face itself, whatever is behind it."""
EYES: Final = slice(2, 5)
MOUTH: Final = slice(9, 12)
"""Rows of the inner part's slopes; eyes lie at 0.38 of a face's height, the mouth at 0.73."""
MIDDLE: Final = slice(1, 9)
"""Columns of the inner part's slopes that eyes and mouth take up."""

WHOLE: Final = np.array([-1.11, -1.59, 1.11, 1.27])
"""Left, top, right and bottom of a face, from the middle between its eyes and its mouth, in
distances between the two: the mean of YuNet's boxes around 138 faces of photos and footage."""


class FaceQuality(NamedTuple):
    """What was measured on the crops of n faces, `(n,) float64` each; always finite."""

    sharpness: Floats
    """Fineness of the edges, the coarser of across and down: 0 (flat) to 8 cycles per crop."""
    brightness: Floats
    """Mean gray, 0 to 255."""
    contrast: Floats
    """Standard deviation of the gray (RMS contrast), 0 to 127.5."""
    occlusion: Floats
    """By how much the eyes or the mouth are flatter than the face, 0 to 1: a hint, no proof."""


def face_quality(crops: npt.NDArray[np.uint8]) -> FaceQuality:
    """Measure faces.

    Sharpness is the root of the energy of second differences over that of first ones, Laplacian
    over Tenengrad (focus measures: Pech-Pacheco et al., "Diatom autofocusing in brightfield
    microscopy", ICPR 2000; Pertuz et al., "Analysis of focus measure operators for
    shape-from-focus", Pattern Recognition 2013), turned into the frequency at which a wave has that
    ratio. Light and contrast cancel out; docs/decisions/0012-face-quality.md compares it with
    others. RMS contrast: Peli, "Contrast in complex images", JOSA A 1990.

    Args:
        crops: `(n, 16, 16) uint8` gray, squares around the faces as emotion networks see them.

    Returns:
        One number per face; `(0,)` each for no crops.
    """
    inner = crops[:, INNER, INNER].astype(np.int32)
    across, down = inner.transpose(0, 2, 1), inner
    return FaceQuality(
        sharpness=np.minimum(_frequency(across), _frequency(down)),
        brightness=inner.mean(axis=(1, 2)),
        contrast=inner.std(axis=(1, 2)),
        occlusion=_flatness(inner),
    )


def _frequency(pixels: npt.NDArray[np.int32]) -> Floats:
    """Return the rms frequency of what changes along axis 1, in cycles per crop."""
    first = pixels[:, 2:] - pixels[:, :-2]
    second = pixels[:, 2:] + pixels[:, :-2] - 2 * pixels[:, 1:-1]
    # Of a wave of w radians per pixel they are 2 sin w and 2 (1 - cos w): a ratio of tan(w / 2).
    half: Floats = np.arctan2(np.sqrt(_energy(second)), np.sqrt(_energy(first)))
    return half * SIDE_PX / np.pi


def _flatness(inner: npt.NDArray[np.int32]) -> Floats:
    """Compare the slopes of the eyes' and the mouth's rows with those of the whole face."""
    across = inner[:, 1:-1, 2:] - inner[:, 1:-1, :-2]
    down = inner[:, 2:, 1:-1] - inner[:, :-2, 1:-1]
    slopes = np.square(across) + np.square(down)
    whole, eyes, mouth = (
        slopes[:, rows, MIDDLE].mean(axis=(1, 2)) + 1  # one gray level: no division by zero
        for rows in (slice(1, None), EYES, MOUTH)
    )
    flatter: Floats = np.sqrt(np.minimum(np.minimum(eyes, mouth) / whole, 1))
    return 1 - flatter


def _energy(differences: npt.NDArray[np.int32]) -> Floats:
    energy: Floats = np.square(differences).mean(axis=(1, 2))
    return energy


def cut_share(
    xyxy: npt.NDArray[np.float32],
    landmarks: npt.NDArray[np.float32],
    width_px: int,
    height_px: int,
) -> Floats:
    """Estimate how much of each face lies beyond the edge of the picture.

    Detectors draw boxes around what they see, so the face's true extent comes from the landmarks.
    A side counts only where the box reaches the edge. docs/decisions/0012-face-quality.md says how
    far off that is.

    Args:
        xyxy: `(n, 4)` boxes in pixels, cut at the picture's edges or not.
        landmarks: `(n, 5, 2)` in pixels, as in `Detections`; `(n, 0, 2)` if there are none.
        width_px: of the picture.
        height_px: of the picture.

    Returns:
        `(n,)`, 0 to 1; 0 where eyes and mouth lie on one point, or are not known.
    """
    if not landmarks.shape[1]:
        return np.zeros(len(xyxy))
    points = landmarks.astype(np.float64)
    eyes, mouths = points[:, :2].mean(axis=1), points[:, 3:].mean(axis=1)
    apart_px = np.linalg.norm(eyes - mouths, axis=1)[:, None]
    whole = np.tile((eyes + mouths) / 2, 2) + WHOLE * apart_px
    size_px = np.array([width_px, height_px])
    reaches = np.concatenate([xyxy[:, :2] <= 1, xyxy[:, 2:] >= size_px - 1], axis=1)
    inside = np.clip(whole, 0, np.tile(size_px, 2))
    seen_px2 = _areas(inside)
    whole_px2 = _areas(np.where(reaches, whole, inside))
    return 1 - np.divide(seen_px2, whole_px2, out=np.ones_like(whole_px2), where=whole_px2 > 0)


def _areas(xyxy: Floats) -> Floats:
    areas: Floats = (xyxy[:, 2:] - xyxy[:, :2]).prod(axis=1)
    return areas
