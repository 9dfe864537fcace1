"""Heads turned by known angles, and real ones."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from models.detectors import open_detector
from models.head_pose import HEAD, head_pose
from models.registry import CENTERFACE, Card

PathOf = Callable[[Card], Path]


def turned(yaw_deg: float, pitch_deg: float, roll_deg: float) -> npt.NDArray[np.float32]:
    """Landmarks of a head that faces there, 60 px between the eyes."""
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    about_down = np.array(
        [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    )
    about_across = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    )
    about_view = np.array(
        [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    )
    points = HEAD @ about_view.T @ about_across.T @ about_down.T
    landmarks: npt.NDArray[np.float32] = (60 * points[:, :2] + 300).astype(np.float32)
    return landmarks


@pytest.mark.parametrize("yaw", [-50, -20, 0, 30])
@pytest.mark.parametrize("roll", [-40, 0, 25])
def test_yaw_and_roll_are_found_together(yaw: float, roll: float) -> None:
    (found,) = head_pose(turned(yaw, 0, roll)[None])

    assert found[0] == pytest.approx(yaw, abs=1)
    assert found[1] == pytest.approx(0, abs=1)
    assert found[2] == pytest.approx(roll, abs=15 if yaw else 1)  # leaning, as the picture shows it


@pytest.mark.parametrize("pitch", [-30, 0, 20])
def test_pitch_is_found(pitch: float) -> None:
    (found,) = head_pose(turned(0, pitch, 0)[None])

    assert found == pytest.approx([0, pitch, 0], abs=1)


def test_size_and_place_do_not_matter() -> None:
    landmarks = turned(20, 10, 5)

    assert head_pose(landmarks[None] * 0.2 + 90) == pytest.approx(
        head_pose(landmarks[None]), abs=0.1
    )


def test_landmarks_on_one_point_and_no_face_give_numbers() -> None:
    assert head_pose(np.full((1, 5, 2), 7, np.float32)).tolist() == [[0, 0, 0]]
    assert head_pose(np.empty((0, 5, 2), np.float32)).shape == (0, 3)


def test_two_people_who_look_apart_and_lean(
    path_of: PathOf, footage: Callable[[str], Path]
) -> None:
    """At first she looks to the left and he a little to the right; then both lean over."""
    video = cv2.VideoCapture(str(footage("head-pose-face-detection-female-and-male.mp4")))
    images = [np.asarray(video.read()[1], np.uint8) for _ in range(56)]
    video.release()
    detector = open_detector(CENTERFACE, path_of(CENTERFACE))

    first, last = (
        head_pose(found.take(np.argsort(found.xyxy[:, 0])).landmarks)
        for found in detector([images[0], images[-1]])
    )

    assert len(first) == len(last) == 2
    assert first[0, 0] < -30
    assert 0 < first[1, 0] < 30
    assert abs(last[:, 2]).min() > 15
    assert abs(last[:, 2]).min() > abs(first[:, 2]).min() + 10
