"""What benchmarks/face_quality_*.py share: networks, faces, and tables; measures nothing."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from platformdirs import user_data_path

from benchmarks.face_sizes import read_faces
from models.detectors import Detector, open_detector
from models.emotion import EmotionNetwork
from models.registry import MOODTRACE_EMOTION, YUNET
from models.weights import folders_of, pull
from moodtrace.messages import ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX

Image = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int8]

FEWEST: Final = 100
"""Faces in a bin that is shown."""


class Given(NamedTuple):
    """What every run starts from."""

    shared: Path
    every: int
    """Only every Nth face of FER2013 is asked for."""
    folders: tuple[Path, ...]

    def detector(
        self, height_px: int = ANALYSIS_HEIGHT_PX, width_px: int = ANALYSIS_WIDTH_PX
    ) -> Detector:
        """Open YuNet."""
        path = pull(YUNET, self.folders)
        return open_detector(YUNET, path, height_px=height_px, width_px=width_px)

    def network(self) -> EmotionNetwork:
        """Open the committed emotion network."""
        return EmotionNetwork(MOODTRACE_EMOTION, pull(MOODTRACE_EMOTION, self.folders))

    def faces(self) -> tuple[list[Image], Labels]:
        """Read the faces of PublicTest, `(48, 48)` gray each, and their labels."""
        faces, labels = read_faces(self.shared / "data" / "fer2013.npz")
        return faces[:: self.every], labels[:: self.every]


def given(description: str | None) -> Given:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    parser.add_argument("--every", type=int, default=1, help="only every Nth face of FER2013")
    words = parser.parse_args()
    return Given(words.shared, words.every, folders_of(words.shared / "weights", words.data_dir))


class Answers(NamedTuple):
    """What the network says of n faces, `(n,)` each."""

    right: Flags
    sure: Flags
    """Not abstained."""


class Worsened(NamedTuple):
    """Faces at one level of worsening, `(n,)` each."""

    answers: Answers
    measured: npt.NDArray[np.float64]
    right_before: Flags
    """Whether the same faces are named rightly as they are."""


def answers(network: EmotionNetwork, crops: Image, labels: Labels) -> Answers:
    """Score `(n, 48, 48)` crops."""
    scores, contempt = network(crops)
    sure = (scores.max(axis=1) >= network.card.min_confidence) & ~contempt
    return Answers(scores.argmax(axis=1) == labels, sure)


def show(levels: Sequence[float], found: Sequence[Worsened], bins: Sequence[float]) -> None:
    """Print a line per level, then one per bin of what was measured at all levels."""
    for level, at in zip(levels, found, strict=True):
        low, middle, high = np.percentile(at.measured, (5, 50, 95))
        show_line(f"{level:g}", at.answers, f"measured {low:.2f} | {middle:.2f} | {high:.2f}")
    measured = np.concatenate([at.measured for at in found])
    right, sure = (
        np.concatenate(flags) for flags in zip(*(at.answers for at in found), strict=True)
    )
    before = np.concatenate([at.right_before for at in found])
    places = np.digitize(measured, bins)
    for place, (low, high) in enumerate(zip((-np.inf, *bins), (*bins, np.inf), strict=True)):
        inside = places == place
        if inside.sum() >= FEWEST:
            kept = right[inside].mean() / before[inside].mean()
            note = f"{kept:.3f} of what {inside.sum()} faces had before"
            show_line(f"measured {low:g} to {high:g}", Answers(right[inside], sure[inside]), note)


def show_line(name: str, found: Answers, note: str = "") -> None:
    """Print how well some faces are read."""
    of_sure = found.right[found.sure].mean() if found.sure.any() else np.nan
    print(
        f"  {name:24} accuracy {found.right.mean():.3f}, of answered {of_sure:.3f},"
        f" abstained {1 - found.sure.mean():.3f}; {note}",
        flush=True,
    )
