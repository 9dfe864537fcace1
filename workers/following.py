"""Follows faces from frame to frame by their overlap, to find the one person to plot.

Good for a still camera and a seated person; it knows no appearance, so it loses who walks off.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from models.boxes import iou
from moodtrace.messages import Face

LEAST_IOU: Final = 0.3
"""A face that overlaps less with where a person was is somebody else."""
LONGEST_ABSENCE_MS: Final = 1000


@dataclass(frozen=True)
class Person:
    """One face over time."""

    times_ms: list[int] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)

    @property
    def area(self) -> int:
        """Sum over the frames of the area of the face."""
        return sum(
            (right - left) * (bottom - top)
            for left, top, right, bottom in (face.xyxy for face in self.faces)
        )


def largest_person(frames: Iterable[tuple[int, tuple[Face, ...]]]) -> Person | None:
    """Return the person whose face takes up most of the recording; None if there is no face.

    Args:
        frames: time in ms, rising, and the faces of each frame.
    """
    return max(_people(frames), key=lambda person: person.area, default=None)


def _people(frames: Iterable[tuple[int, tuple[Face, ...]]]) -> list[Person]:
    gone: list[Person] = []
    here: list[Person] = []
    for time_ms, faces in frames:
        gone += [person for person in here if _is_gone(person, time_ms)]
        here = [person for person in here if not _is_gone(person, time_ms)]
        here += _seen(here, time_ms, faces)
    return gone + here


def _is_gone(person: Person, time_ms: int) -> bool:
    return time_ms - person.times_ms[-1] > LONGEST_ABSENCE_MS


def _seen(here: list[Person], time_ms: int, faces: tuple[Face, ...]) -> list[Person]:
    """Add each face to the person it overlaps with; return the people who are new."""
    overlaps = iou(_boxes([person.faces[-1] for person in here]), _boxes(list(faces)))
    known: set[int] = set()
    for person, number in zip(*linear_sum_assignment(overlaps, maximize=True), strict=True):
        if overlaps[person, number] >= LEAST_IOU:
            here[person].times_ms.append(time_ms)
            here[person].faces.append(faces[number])
            known.add(number)
    return [Person([time_ms], [face]) for n, face in enumerate(faces) if n not in known]


def _boxes(faces: list[Face]) -> npt.NDArray[np.float32]:
    return np.array([face.xyxy for face in faces], np.float32).reshape(-1, 4)
