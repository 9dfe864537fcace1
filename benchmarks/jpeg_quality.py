"""Measures what JPEG costs: bytes, and answers of the networks that change.

    python -m benchmarks.jpeg_quality [FILE] [--shared ../shared] [--data-dir FOLDER]

Frames of an audience, one a second at the analysis size, go through detector and emotion network
raw and as JPEG; a face is the same if its boxes overlap by half. FER2013's PublicTest faces are
pasted at their own 48 px into gray frames, which are coded, and cut out again.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from platformdirs import user_data_path

from benchmarks.face_sizes import read_faces
from ingest.decode import read_file
from ingest.events import DecodeJob
from ingest.live_picture import as_jpeg
from models.boxes import iou
from models.detectors import open_detector
from models.emotion import EmotionNetwork
from models.registry import MOODTRACE_EMOTION, YUNET
from models.weights import folders_of, pull
from moodtrace.messages import (
    ANALYSIS_HEIGHT_PX,
    ANALYSIS_WIDTH_PX,
    Face,
    FacesScored,
    FrameCaptured,
)
from moodtrace.settings import load_analysis_settings
from workers.analyzer import Analyzer, picture

QUALITIES: Final = (60, 70, 80, 85, 90, 95)
SAME_FACE_IOU: Final = 0.5
FACE_PX: Final = 48
PITCH_PX: Final = 51
"""Odd, so that faces lie on the blocks of 16 px in every way."""

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Compared:
    """What became of the usable faces of all frames."""

    same: int
    """Faces found in both."""
    lost: int
    new: int
    agree: int
    """Same faces with the same top emotion."""
    decided: int
    """Same faces that neither way is abstained."""
    decided_agree: int
    difference: float
    """Mean absolute difference of a score, 0 to 1, over same faces."""


def main() -> None:
    """Print one line per quality."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, default=user_data_path("moodtrace"))
    words = parser.parse_args()
    folders = folders_of(words.shared / "weights", words.data_dir)
    emotion = EmotionNetwork(MOODTRACE_EMOTION, pull(MOODTRACE_EMOTION, folders))
    detector = open_detector(YUNET, pull(YUNET, folders))
    analyzer = Analyzer(detector, emotion, load_analysis_settings())
    frames = frames_of(words.file or words.shared / "footage" / "audience_cut_a.mp4")
    raw = analyzed(analyzer, frames)
    faces, labels = read_faces(words.shared / "data" / "fer2013.npz")
    whole = answers(emotion, faces, None)
    print(f"{len(frames)} frames, {sum(map(len, raw))} usable faces; {len(faces)} of FER2013")
    print(
        "quality  kB/frame  same lost  new   agree  decided   agree  difference  FER2013  unchanged"
    )
    raw_kilobytes = np.mean([len(frame.image) for frame in frames]) / 1000
    print(f"    raw {raw_kilobytes:9.1f} {(whole == labels).mean():55.4f}")
    for quality in QUALITIES:
        coded = [as_coded(frame, quality) for frame in frames]
        kilobytes = np.mean([len(frame.image) for frame in coded]) / 1000
        it = compared(raw, analyzed(analyzer, coded))
        found = answers(emotion, faces, quality)
        print(
            f"{quality:7} {kilobytes:9.1f} {it.same:5} {it.lost:4} {it.new:4}"
            f" {it.agree / it.same:7.4f} {it.decided:8} {it.decided_agree / it.decided:6.4f}"
            f" {it.difference:11.4f} {(found == labels).mean():8.4f} {(found == whole).mean():9.4f}"
        )


def frames_of(path: Path) -> list[FrameCaptured]:
    """Return one raw frame a second at the analysis size."""
    job = DecodeJob(
        path=os.fsencode(path),
        screening_id="s",
        camera_id="c",
        source_epoch=1,
        fps=1.0,
        max_width=ANALYSIS_WIDTH_PX,
        max_height=ANALYSIS_HEIGHT_PX,
    )
    return [event for event in read_file(job) if isinstance(event, FrameCaptured)]


def as_coded(frame: FrameCaptured, quality: int) -> FrameCaptured:
    """Return the frame as a camera's would come."""
    return replace(frame, encoding="jpeg", image=as_jpeg(picture(frame), quality))


def analyzed(analyzer: Analyzer, frames: Sequence[FrameCaptured]) -> list[list[Face]]:
    """Return the usable faces of each frame."""
    usable = []
    for frame in frames:
        (scored,) = analyzer([frame])
        assert isinstance(scored, FacesScored)
        usable.append([face for face in scored.faces if not face.excluded])
    return usable


def compared(before: list[list[Face]], after: list[list[Face]]) -> Compared:
    """Compare frame by frame."""
    pairs = [pair for one, other in zip(before, after, strict=True) for pair in paired(one, other)]
    scores = np.array([[face.emotion for face in pair] for pair in pairs]) / 1000
    agree = scores[:, 0].argmax(axis=1) == scores[:, 1].argmax(axis=1)
    decided = np.array([not any(face.abstained for face in pair) for pair in pairs])
    return Compared(
        same=len(pairs),
        lost=sum(map(len, before)) - len(pairs),
        new=sum(map(len, after)) - len(pairs),
        agree=int(agree.sum()),
        decided=int(decided.sum()),
        decided_agree=int((agree & decided).sum()),
        difference=float(np.abs(scores[:, 0] - scores[:, 1]).mean()),
    )


def paired(before: list[Face], after: list[Face]) -> Iterator[tuple[Face, Face]]:
    """Yield the faces of a frame that are found in both, each at most once."""
    if not before or not after:
        return
    overlaps = iou(boxes(before), boxes(after))
    for row in range(len(before)):
        column = int(overlaps[row].argmax())
        if overlaps[row, column] >= SAME_FACE_IOU:
            yield before[row], after[column]
            overlaps[:, column] = 0


def boxes(faces: list[Face]) -> npt.NDArray[np.float32]:
    """Return `(n, 4)` boxes."""
    return np.array([face.xyxy for face in faces], np.float32)


def answers(
    network: EmotionNetwork, faces: Sequence[Image], quality: int | None
) -> npt.NDArray[np.intp]:
    """Return the top emotion of each face, coded at a quality unless that is None."""
    seen = faces if quality is None else list(pasted(faces, quality))
    return np.asarray(network(np.stack(seen)).scores.argmax(axis=1), np.intp)


def pasted(faces: Sequence[Image], quality: int) -> Iterator[Image]:
    """Yield each face after it was part of a coded frame."""
    columns, rows = ANALYSIS_WIDTH_PX // PITCH_PX, ANALYSIS_HEIGHT_PX // PITCH_PX
    places = [
        (row * PITCH_PX, column * PITCH_PX) for row in range(rows) for column in range(columns)
    ]
    for start in range(0, len(faces), len(places)):
        some = faces[start : start + len(places)]
        frame = np.full((ANALYSIS_HEIGHT_PX, ANALYSIS_WIDTH_PX), 128, np.uint8)
        for (top, left), face in zip(places, some, strict=False):
            frame[top : top + FACE_PX, left : left + FACE_PX] = face
        content = as_jpeg(np.asarray(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR), np.uint8), quality)
        coded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        assert coded is not None
        gray = np.asarray(cv2.cvtColor(coded, cv2.COLOR_BGR2GRAY), np.uint8)
        for (top, left), _ in zip(places, some, strict=False):
            yield gray[top : top + FACE_PX, left : left + FACE_PX]


if __name__ == "__main__":
    main()
