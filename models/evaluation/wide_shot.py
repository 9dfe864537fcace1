"""Wide shots of a hall, made of group photos that are scaled down and laid side by side.

The faces are real and their boxes known. Each photo is as sharp as scaling leaves it, so a camera
with a worse lens or coarser compression does worse than these.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from typing import Final

import numpy as np

from models.boxes import longer_sides
from models.evaluation.group_photos import Photo
from models.letterbox import resized

HEIGHT_PX: Final = 2160
WIDTH_PX: Final = 3840
"""A camera of 4K."""

MOST_ENLARGED: Final = 2.0
"""A photo whose faces would have to be blown up more is left out."""


def wide_shot(
    photos: Sequence[Photo],
    faces_px: Iterable[float],
    *,
    height_px: int = HEIGHT_PX,
    width_px: int = WIDTH_PX,
) -> Photo:
    """Fill a frame row by row with photos whose median faces have some sizes, over and over.

    Args:
        photos: only those are laid in of which every face has a box.
        faces_px: longer sides; each photo is laid in at each of them.
        height_px: of the frame.
        width_px: of the frame.

    Returns:
        The frame, black where no photo fits any more; without a face if no photo is of use.
    """
    frame = np.zeros((height_px, width_px, 3), np.uint8)
    boxes = [np.empty((0, 4), np.float32)]
    scaled = [photo for face_px in faces_px for photo in _scaled(photos, face_px)]
    scaled.sort(key=lambda photo: photo.image.shape[0])  # rows of one height leave few gaps
    for photo, left, top in _laid_out(scaled, height_px, width_px):
        height, width = photo.image.shape[:2]
        frame[top : top + height, left : left + width] = photo.image
        boxes.append(photo.xyxy + np.array([left, top] * 2, np.float32))
    return Photo(frame, np.concatenate(boxes), complete=True)


def _scaled(photos: Iterable[Photo], face_px: float) -> list[Photo]:
    """Scale photos to a median face; leave out what is of no use."""
    useful = []
    for photo in photos:
        if not photo.complete or not len(photo.xyxy):
            continue
        scale = face_px / float(np.median(longer_sides(photo.xyxy)))
        if scale <= MOST_ENLARGED:
            height, width = photo.image.shape[:2]
            image = resized(
                photo.image, max(1, round(width * scale)), max(1, round(height * scale))
            )
            true_scale = np.array([image.shape[1] / width, image.shape[0] / height], np.float32)
            useful.append(Photo(image, photo.xyxy * np.tile(true_scale, 2), complete=True))
    return useful


def _laid_out(
    photos: Sequence[Photo], height_px: int, width_px: int
) -> Iterator[tuple[Photo, int, int]]:
    """Give photos and where their left top corner goes, until one finds no more room."""
    left = top = bottom = 0
    for photo in cycle(photos):
        height, width = photo.image.shape[:2]
        if left + width > width_px:
            left, top = 0, bottom
        if left + width > width_px or top + height > height_px:
            return
        yield photo, left, top
        left, bottom = left + width, max(bottom, top + height)
