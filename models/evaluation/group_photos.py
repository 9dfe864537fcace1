"""Photos with a box around every face, to judge detectors with; knows no detector."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from moodtrace.errors import DatasetError, ExitCode

BOXES_FILE: Final = "boxes.json"
FORMAT: Final = '[{"file": "a.jpg", "faces": [[left, top, width, height]], "complete": true}]'
"""What the file holds; sizes are pixels of the picture, and other keys are left alone."""

_Length = Annotated[float, msgspec.Meta(gt=0)]


class _Entry(msgspec.Struct, frozen=True):
    file: str
    faces: list[tuple[float, float, _Length, _Length]]
    complete: bool


@dataclass(frozen=True)
class Photo:
    """A picture and the faces in it."""

    image: npt.NDArray[np.uint8]
    """`(h, w, 3)` BGR."""
    xyxy: npt.NDArray[np.float32]
    """`(n, 4)` boxes in pixels of the picture."""
    complete: bool
    """Whether every face has a box, so that a detection elsewhere is false."""


def read_photos(folder: Path) -> list[Photo]:
    """Read the photos that `boxes.json` names; at least one has a face.

    Raises:
        DatasetError: the folder has no such file, it is not as `FORMAT`, or a photo is missing.
    """
    path = folder / BOXES_FILE
    try:
        entries = msgspec.json.decode(path.read_bytes(), type=list[_Entry])
    except OSError as error:
        raise _refusal(f"there are no photos with {BOXES_FILE} here", folder) from error
    except msgspec.DecodeError as error:
        raise DatasetError(
            f"this says nothing of photos: {error}", where=str(path), try_this=f"write {FORMAT}"
        ) from error
    if not any(entry.faces for entry in entries):
        raise _refusal(f"{BOXES_FILE} names no photo with a face", folder)
    return [_photo(folder, entry) for entry in entries]


def _photo(folder: Path, entry: _Entry) -> Photo:
    image = cv2.imread(str(folder / entry.file))
    if image is None:
        raise _refusal("a photo is missing or can't be read", folder / entry.file)
    xyxy = np.asarray(entry.faces, np.float32).reshape(-1, 4)
    xyxy[:, 2:] += xyxy[:, :2]
    return Photo(np.asarray(image, np.uint8), xyxy, entry.complete)


def _refusal(what: str, where: Path) -> DatasetError:
    error = DatasetError(
        what,
        where=str(where),
        try_this=f"give `--photos DIR` with photos and a {BOXES_FILE} in it: {FORMAT}",
    )
    error.exit_code = ExitCode.NO_INPUT
    return error
