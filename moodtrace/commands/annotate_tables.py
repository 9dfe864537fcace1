"""What was read in each face, as CSV and JSON; written as it is found: memory stays flat."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from defusedcsv import csv as defused

from moodtrace.fetch import written_beside
from moodtrace.labels import EMOTIONS, QUANTUM
from moodtrace.messages import BOX_UNITS, Face
from workers.drawing import age_band

COLUMNS: Final = (
    *("file", "t_ms", "face", "left", "top", "right", "bottom", "score"),
    *("age", "emotion", "confidence", *EMOTIONS, "abstained", "excluded"),
)
"""One line per face; boxes in pixels of the picture that is written."""


class Tables:
    """Both files, open."""

    def __init__(self, lines: Any, json: IO[bytes]) -> None:
        self._lines = lines
        self._json = json
        self._separator = b"\n"

    def add(
        self, file: str, time_ms: int | None, size_px: tuple[int, int], faces: Sequence[Face]
    ) -> None:
        """Write the faces of one picture.

        Args:
            file: name of the source.
            time_ms: where in a video; None in a photo.
            size_px: width and height of the picture that is written.
            faces: in the order of the detector, surest first.
        """
        found = [_record(face, size_px) for face in faces]
        for number, record in enumerate(found):
            left, top, right, bottom = record["xyxy"]
            flat = {**record, **(record["emotions"] or {}), "left": left, "top": top}
            flat |= {"right": right, "bottom": bottom, "file": file, "t_ms": time_ms}
            flat["face"] = number
            self._lines.writerow({column: flat.get(column) for column in COLUMNS})
        width, height = size_px
        about = {"file": file, "t_ms": time_ms, "width": width, "height": height}
        self._append(about | {"faces": found})

    def add_failure(self, file: str, time_ms: int, reason: str) -> None:
        """Write that one frame could not be analysed."""
        self._append({"file": file, "t_ms": time_ms, "failed": reason})

    def _append(self, entry: dict[str, Any]) -> None:
        self._json.write(self._separator + msgspec.json.encode(entry))
        self._separator = b",\n"


@contextmanager
def open_tables(csv_path: Path, json_path: Path, provenance: dict[str, Any]) -> Iterator[Tables]:
    """Give tables to fill; both files are in place when the block ends well.

    Args:
        csv_path: the file with one line per face.
        json_path: the file with one object per picture.
        provenance: JSON types; stands before the pictures.

    Raises:
        CannotWriteError: a file can't be written.
    """
    with written_beside(csv_path) as csv_file, written_beside(json_path) as json_file:
        text = TextIOWrapper(csv_file, "utf-8", newline="")
        lines = defused.DictWriter(text, COLUMNS, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        lines.writeheader()
        head = msgspec.json.encode(provenance).removesuffix(b"}")
        json_file.write(head + b',"pictures":[')
        yield Tables(lines, json_file)
        json_file.write(b"\n]}\n")
        text.flush()
        text.detach()


def _record(face: Face, size_px: tuple[int, int]) -> dict[str, Any]:
    """Turn one face into JSON types; what was not read is null."""
    sides_px = (*size_px, *size_px)
    corners = zip(face.xyxy, sides_px, strict=True)
    scores = [value / QUANTUM for value in face.emotion]
    best = max(face.emotion, default=None)
    return {
        "xyxy": [round(at * side_px / BOX_UNITS) for at, side_px in corners],
        "score": face.score / QUANTUM,
        "age": age_band(face),
        "emotion": None if best is None or face.abstained else EMOTIONS[face.emotion.index(best)],
        "confidence": None if best is None else best / QUANTUM,
        "emotions": dict(zip(EMOTIONS, scores, strict=True)) if scores else None,
        "abstained": None if best is None else face.abstained,
        "excluded": face.excluded or None,
    }
