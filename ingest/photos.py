"""Reads and writes single photos without trusting them; knows nothing of what is on them."""

import os
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ingest.opening import MAX_PIXELS, open_file
from moodtrace.fetch import written_beside
from moodtrace.problems import SourceError

Picture = npt.NDArray[np.uint8]
"""`(h, w, 3)` BGR."""

JPEG_QUALITY: Final = 95
JPEG_SUFFIXES: Final = frozenset({".jpg", ".jpeg"})
_JPEG_START: Final = b"\xff\xd8"
_JPEG_SCAN: Final = b"\xff\xda"
_JPEG_END: Final = b"\xff\xd9"


def read_photo(path: Path) -> Picture:
    """Return a photo, `(h, w, 3) uint8` BGR, upright as its camera says.

    Raises:
        SourceError: it can't be read, is no picture, ends early or is larger than 8K.
    """
    with open_file(os.fsencode(path)) as file:
        content = file.read()
    if _ends_early(content):
        raise SourceError("not_a_picture", str(path))
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise SourceError("not_a_picture", str(path)) from error
    if picture is None:
        raise SourceError("not_a_picture", str(path))
    if picture.shape[0] * picture.shape[1] > MAX_PIXELS:
        raise SourceError("too_large", str(path))
    return np.asarray(picture, np.uint8)


def write_photo(path: Path, picture: Picture) -> None:
    """Write `(h, w, 3) uint8` BGR in the format of the name's suffix, in one step.

    Raises:
        CannotWriteError: the folder or the file can't be written.
    """
    is_jpeg = path.suffix.lower() in JPEG_SUFFIXES
    way = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if is_jpeg else []
    done, content = cv2.imencode(path.suffix, picture, way)
    assert done
    with written_beside(path) as file:
        file.write(content.tobytes())


def _ends_early(content: bytes) -> bool:
    """Tell whether a JPEG's last scan has no end; OpenCV would fill the rest with gray."""
    is_jpeg = content.startswith(_JPEG_START)
    return is_jpeg and content.rfind(_JPEG_END) < content.rfind(_JPEG_SCAN)
