"""Draws faces and what was read in them into a picture; knows nothing of files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from moodtrace.exclusions import words_of
from moodtrace.labels import AGE_BANDS, EMOTION_NAMES, EMOTIONS, QUANTUM, UNKNOWN_AGE
from moodtrace.messages import BOX_UNITS, Face

Image = npt.NDArray[np.uint8]
"""`(h, w, 3)` BGR."""

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
FONT_PX: Final = 22
"""Height of the font's capitals at scale 1."""
SMALLEST_TEXT_PX: Final = 9
LARGEST_TEXT: Final = 0.03
"""Height of capitals / height of the picture, at most."""
TEXT_OF_FACE: Final = 0.13
"""Height of capitals / height of the face, in between."""

DARK: Final = (20, 22, 23)
WHITE: Final = (255, 255, 255)
QUIET: Final = (170, 170, 170)
"""Of faces that were not read."""
LABELS_COUNT: Final = 2
"""A label hidden by another is as bad as this many times as much of a face."""


class Box(NamedTuple):
    """A rectangle in whole pixels."""

    left: int
    top: int
    right: int
    bottom: int

    def shared_px2(self, other: "Box") -> int:
        """Return the area that two rectangles share."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    @property
    def area_px2(self) -> int:
        """Area; 0 if it is empty."""
        return self.shared_px2(self)


@dataclass(frozen=True)
class _Label:
    """Lines of text of one size."""

    lines: Sequence[str]
    text_px: int

    @property
    def scale(self) -> float:
        return self.text_px / FONT_PX

    @property
    def stroke_px(self) -> int:
        return max(1, round(self.text_px / 12))

    @property
    def margin_px(self) -> int:
        return max(3, round(self.text_px * 0.45))

    @property
    def line_px(self) -> int:
        return self.text_px + self.margin_px

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height with margins."""
        widths = (cv2.getTextSize(t, FONT, self.scale, self.stroke_px)[0][0] for t in self.lines)
        return max(widths) + 2 * self.margin_px, len(self.lines) * self.line_px + self.margin_px

    def draw(self, image: Image, box: Box) -> None:
        """Write white on dark, so that it can be read on any picture."""
        cv2.rectangle(image, box[:2], (box.right - 1, box.bottom - 1), DARK, cv2.FILLED)
        for number, line in enumerate(self.lines, start=1):
            corner = box.left + self.margin_px, box.top + number * self.line_px
            cv2.putText(image, line, corner, FONT, self.scale, WHITE, self.stroke_px, cv2.LINE_AA)


def draw_faces(image: Image, faces: Sequence[Face]) -> Image:
    """Return a copy of a picture with boxes, age range and emotion of its faces drawn in.

    Args:
        image: `(h, w, 3) uint8` BGR.
        faces: their boxes in 1/10000 of the picture.
    """
    drawn = image.copy()
    boxes = [box_of(face, image) for face in faces]
    for face, box in zip(faces, boxes, strict=True):
        _draw_box(drawn, box, QUIET if face.excluded else WHITE)
    taken: list[Box] = []
    for face, box in zip(faces, boxes, strict=True):
        label = _Label(caption(face), _text_px(box, image))
        place = _place(label, box, image, boxes, taken)
        label.draw(drawn, place)
        taken.append(place)
    return drawn


def caption(face: Face) -> list[str]:
    """Say what was read in a face, or why nothing was."""
    if face.excluded:
        return [words_of(face.excluded)]
    return [_shown(face), f"age {age_band(face)}"]


def _shown(face: Face) -> str:
    """Say which emotion a usable face shows, and how sure that is."""
    if face.abstained:
        return "unsure"
    top = face.emotion.index(max(face.emotion))
    return f"{EMOTION_NAMES[EMOTIONS[top]]} {100 * face.emotion[top] / QUANTUM:.0f}%"


def age_band(face: Face) -> str:
    """Return the likeliest age range of a face, out of `AGE_BANDS`."""
    return AGE_BANDS[int(np.argmax(face.age))] if face.age else UNKNOWN_AGE


def box_of(face: Face, image: Image) -> Box:
    """Return a face's box in pixels of a picture."""
    height_px, width_px = image.shape[:2]
    sides_px = (width_px, height_px, width_px, height_px)
    return Box(
        *(round(at * side_px / BOX_UNITS) for at, side_px in zip(face.xyxy, sides_px, strict=True))
    )


def _draw_box(image: Image, box: Box, colour: tuple[int, int, int]) -> None:
    """Draw a light line on a dark one: one of them shows on any picture."""
    line_px = max(1, round(min(image.shape[:2]) / 400))
    for width_px, paint in ((3 * line_px, DARK), (line_px, colour)):
        cv2.rectangle(image, box[:2], box[2:], paint, width_px)


def _text_px(box: Box, image: Image) -> int:
    largest_px: int = max(SMALLEST_TEXT_PX, round(LARGEST_TEXT * image.shape[0]))
    wanted_px = round(TEXT_OF_FACE * (box.bottom - box.top))
    return min(max(wanted_px, SMALLEST_TEXT_PX), largest_px)


def _place(
    label: _Label, box: Box, image: Image, boxes: Sequence[Box], taken: Sequence[Box]
) -> Box:
    """Choose the place that hides least; of equals the first."""

    def hidden(place: Box) -> int:
        labels = sum(place.shared_px2(other) for other in taken)
        return LABELS_COUNT * labels + sum(place.shared_px2(other) for other in boxes)

    return min(_places(label, box, image), key=hidden)


def _places(label: _Label, box: Box, image: Image) -> Iterator[Box]:
    """Give places around and in a box, pushed into the picture, best first."""
    width_px, height_px = label.size_px
    corners = (
        (box.left, box.top - height_px),
        (box.left, box.bottom),
        (box.right - width_px, box.top - height_px),
        (box.right - width_px, box.bottom),
        ((box.left + box.right - width_px) // 2, box.top - height_px),
        ((box.left + box.right - width_px) // 2, box.bottom),
        (box.right, box.top),
        (box.left - width_px, box.top),
        (box.left, box.bottom - height_px),
        (box.left, box.top),
    )
    for left, top in corners:
        left = min(max(0, left), max(0, image.shape[1] - width_px))
        top = min(max(0, top), max(0, image.shape[0] - height_px))
        yield Box(left, top, left + width_px, top + height_px)
