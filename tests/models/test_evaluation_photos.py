"""Photos with boxes are read or refused in words; wide shots keep every face's box."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.boxes import longer_sides
from models.evaluation.group_photos import Photo, read_photos
from models.evaluation.wide_shot import wide_shot
from moodtrace.errors import DatasetError, ExitCode


def photo(height: int, width: int, *xyxy: list[float], complete: bool = True) -> Photo:
    image = np.full((height, width, 3), 100, np.uint8)
    for left, top, right, bottom in np.array(xyxy, int).reshape(-1, 4):
        image[top:bottom, left:right] = 255
    return Photo(image, np.array(xyxy, np.float32).reshape(-1, 4), complete)


def write(folder: Path, content: object) -> Path:
    cv2.imwrite(str(folder / "a.png"), np.zeros((40, 60, 3), np.uint8))
    (folder / "boxes.json").write_text(json.dumps(content))
    return folder


def test_boxes_are_read_as_corners_and_other_keys_left_alone(tmp_path: Path) -> None:
    entry = {"file": "a.png", "faces": [[1, 2, 10, 20.5]], "complete": False, "by": "me"}

    (found,) = read_photos(write(tmp_path, [entry]))

    assert found.image.shape == (40, 60, 3)
    assert found.xyxy.tolist() == [[1, 2, 11, 22.5]]
    assert not found.complete


@pytest.mark.parametrize(
    ("content", "what", "code"),
    [
        ({"file": "a.png"}, "says nothing of photos", ExitCode.BAD_DATA),
        (
            [{"file": "a.png", "faces": [[1, 2, 3]], "complete": True}],
            "length 4",
            ExitCode.BAD_DATA,
        ),
        ([{"file": "a.png", "faces": [[1, 2, 0, 9]], "complete": True}], "> 0", ExitCode.BAD_DATA),
        ([{"file": "a.png", "faces": [[1, 2, 3, 4]]}], "complete", ExitCode.BAD_DATA),
        ([], "no photo with a face", ExitCode.NO_INPUT),
        (
            [{"file": "a.png", "faces": [], "complete": True}],
            "no photo with a face",
            ExitCode.NO_INPUT,
        ),
        (
            [{"file": "b.png", "faces": [[1, 2, 3, 4]], "complete": True}],
            "is missing",
            ExitCode.NO_INPUT,
        ),
    ],
)
def test_what_is_wrong_with_the_boxes_is_said(
    tmp_path: Path, content: object, what: str, code: ExitCode
) -> None:
    with pytest.raises(DatasetError, match=what) as caught:
        read_photos(write(tmp_path, content))
    assert caught.value.exit_code == code


def test_a_folder_without_boxes_says_how_to_give_them(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no photos with boxes\.json here") as caught:
        read_photos(tmp_path)
    assert "--photos DIR" in caught.value.try_this
    assert '"faces": [[left, top, width, height]]' in caught.value.try_this


def test_a_wide_shot_is_full_of_faces_of_the_sizes_and_its_boxes_are_theirs() -> None:
    photos = [
        photo(200, 300, [50, 60, 90, 110]),
        photo(100, 120, [10, 10, 30, 40], [60, 20, 80, 50]),
    ]

    shot = wide_shot(photos, [15, 30], height_px=400, width_px=600)

    assert shot.image.shape == (400, 600, 3)
    assert len(shot.xyxy) > 20
    assert {round(side) for side in longer_sides(shot.xyxy).tolist()} == {15, 30}
    for left, top, right, bottom in shot.xyxy.round().astype(int):
        assert shot.image[top + 2 : bottom - 2, left + 2 : right - 2].min() > 240
    lit = (shot.image > 250).all(axis=2)
    assert lit.sum() == pytest.approx(
        np.prod(shot.xyxy[:, 2:] - shot.xyxy[:, :2], axis=1).sum(), rel=0.1
    )


def test_photos_of_no_use_are_left_out() -> None:
    incomplete = photo(100, 100, [10, 10, 60, 60], complete=False)
    too_small = photo(100, 100, [10, 10, 14, 14])
    too_large = photo(1000, 1000, [10, 10, 20, 20])

    for useless in ([], [incomplete], [too_small], [too_large]):
        assert len(wide_shot(useless, [20], height_px=100, width_px=100).xyxy) == 0
