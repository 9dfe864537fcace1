"""Compares measures of sharpness: how well do they tell blurred faces from sharp ones?

    python -m benchmarks.face_quality_sharpness [--shared ../shared] [--every 3]

Sharp are FER2013's PublicTest faces as they are and a little blurred, which costs the committed
network 2 points; blurred are those that cost it 15 or more. AUC: how often a sharp one measures
more.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from benchmarks._face_quality import Image, given
from benchmarks.face_quality_limits import Pixels, blurred, moved
from models.face_quality import SIDE_PX, face_quality
from models.letterbox import resized

Floats = npt.NDArray[np.float64]

SHARP: Final[tuple[Callable[[Pixels], Pixels], ...]] = (
    lambda face: face,
    lambda face: blurred(face, 0.7),
    lambda face: blurred(face, 1),
)
OUT_OF_FOCUS: Final = (lambda face: blurred(face, 2), lambda face: blurred(face, 2.5))
MOVING: Final = (lambda face: moved(face, 9), lambda face: moved(face, 13))
TAKES: Final = {"as they are": (1.0, 0.0), "noisy": (1.0, 4.0), "half contrast, noisy": (0.5, 4.0)}
"""Contrast that is left, and the noise's deviation in gray levels."""


def ours(crops: Image) -> Floats:
    """Measure as a replay does."""
    return face_quality(shrunk(crops)).sharpness


def laplacian(crops: Image) -> Floats:
    """Return the variance of the Laplacian (Pech-Pacheco et al. 2000)."""
    pixels = crops.astype(np.float64)
    across = pixels[:, 1:-1, 2:] + pixels[:, 1:-1, :-2] - 2 * pixels[:, 1:-1, 1:-1]
    down = pixels[:, 2:, 1:-1] + pixels[:, :-2, 1:-1] - 2 * pixels[:, 1:-1, 1:-1]
    return np.asarray((across + down).var(axis=(1, 2)))


def tenengrad(crops: Image) -> Floats:
    """Return the mean energy of the slopes (Krotkov 1987)."""
    pixels = crops.astype(np.float64)
    across = pixels[:, 1:-1, 2:] - pixels[:, 1:-1, :-2]
    down = pixels[:, 2:, 1:-1] - pixels[:, :-2, 1:-1]
    return np.asarray((np.square(across) + np.square(down)).mean(axis=(1, 2)) / 4)


def of_contrast(measure: Callable[[Image], Floats]) -> Callable[[Image], Floats]:
    """Divide a measure by the variance of the gray."""
    return lambda crops: measure(crops) / (crops.var(axis=(1, 2)) + 1)


def frequency(crops: Image) -> Floats:
    """Divide the Laplacian's variance by the slopes': ours, but of both directions together."""
    return laplacian(crops) / (tenengrad(crops) + 1)


def shrunk(crops: Image) -> Image:
    """Scale crops to the size that the product measures."""
    return np.stack([resized(crop, SIDE_PX, SIDE_PX) for crop in crops])


def small(measure: Callable[[Image], Floats]) -> Callable[[Image], Floats]:
    """Measure in the same small crops as ours."""
    return lambda crops: measure(shrunk(crops)[:, 2:14, 2:14])


MEASURES: Final[dict[str, Callable[[Image], Floats]]] = {
    "variance of Laplacian, 48 px": laplacian,
    "the same / variance, 48 px": of_contrast(laplacian),
    "Tenengrad / variance, 48 px": of_contrast(tenengrad),
    "Laplacian / Tenengrad, 48 px": frequency,
    "variance of Laplacian, 16 px": small(laplacian),
    "the same / variance, 16 px": small(of_contrast(laplacian)),
    "Laplacian / Tenengrad, 16 px": small(frequency),
    "ours, 16 px": ours,
}


def main() -> None:
    """Print the AUC of each measure, by kind of blur and by how faces were taken."""
    faces, _ = given(__doc__).faces()
    rng = np.random.default_rng(0)

    def taken(change: Callable[[Pixels], Pixels], contrast: float, noise: float) -> Image:
        changed = np.stack([change(face.astype(np.float32)) for face in faces])
        means = changed.mean(axis=(1, 2), keepdims=True)
        worse = means + contrast * (changed - means) + rng.normal(0, noise, changed.shape)
        return np.asarray(np.clip(np.rint(worse), 0, 255), np.uint8)

    pictures = {
        (kind, take): np.concatenate([taken(change, *way) for change in changes])
        for kind, changes in (("sharp", SHARP), ("focus", OUT_OF_FOCUS), ("motion", MOVING))
        for take, way in TAKES.items()
    }
    columns = [(kind, take) for kind in ("focus", "motion") for take in (*TAKES, "all together")]
    print("AUC:", "; ".join(f"{kind}, {take}" for kind, take in columns))
    for name, measure in MEASURES.items():
        found = {key: measure(crops) for key, crops in pictures.items()}
        for kind in ("sharp", "focus", "motion"):
            found[kind, "all together"] = np.concatenate([found[kind, take] for take in TAKES])
        told = [auc(found["sharp", take], found[kind, take]) for kind, take in columns]
        print(f"{name:30}", *(f"{value:6.3f}" for value in told))


def auc(sharp: Floats, blurry: Floats) -> float:
    """Return how often a sharp face measures more than a blurred one."""
    truth = np.concatenate([np.ones(len(sharp)), np.zeros(len(blurry))])
    return float(roc_auc_score(truth, np.concatenate([sharp, blurry])))


if __name__ == "__main__":
    main()
