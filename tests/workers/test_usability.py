import numpy as np
import numpy.typing as npt
import pytest
from msgspec.structs import astuple, replace

from models.detections import Detections
from models.pictures import PicturesInMemory
from moodtrace.exclusions import EXCLUSIONS
from moodtrace.messages import QUALITY_UNITS, Quality
from tests.factories import limits
from workers.usability import exclusions, measured

GOOD = Quality(size_px=80, sharpness=340, brightness=120, contrast=300, cut=0, occlusion=200)
STRAIGHT = (0.0, 0.0, 0.0)


def reason(quality: Quality, pose: tuple[float, float, float] = STRAIGHT, **changed: float) -> str:
    """Why one face is left out, at the default limits but for some."""
    (found,) = exclusions(table(quality), np.array([pose], np.float32), limits(**changed))
    return found


def table(*qualities: Quality) -> npt.NDArray[np.int64]:
    return np.array([astuple(each) for each in qualities], np.int64)


@pytest.mark.parametrize(
    ("field", "last_good", "first_bad", "code"),
    [
        ("size_px", 32, 31, "too_small"),
        ("cut", 350, 351, "cut_off"),
        ("brightness", 30, 29, "too_dark"),
        ("brightness", 220, 221, "too_bright"),
        ("contrast", 60, 59, "low_contrast"),
        ("sharpness", 250, 249, "blurred"),
    ],
)
def test_each_limit_leaves_out_what_is_beyond_it(
    field: str, last_good: int, first_bad: int, code: str
) -> None:
    at, beyond = (replace(GOOD, **{field: value}) for value in (last_good, first_bad))

    assert (reason(at), reason(beyond)) == ("", code)


def test_a_head_that_is_turned_away_is_left_out() -> None:
    assert reason(GOOD, (50.0, 30.0, 0.0)) == ""
    assert reason(GOOD, (55.0, 30.0, 0.0)) == "turned_away"


def test_of_several_reasons_the_first_is_told() -> None:
    bad = Quality(size_px=8, sharpness=0, brightness=0, contrast=0, cut=900, occlusion=0)
    lifted = {"min_face_px": 1, "max_cut": 1, "max_turn_deg": 180, "min_brightness": 0}
    steps = [dict(list((lifted | {"min_contrast": 0}).items())[:n]) for n in range(6)]

    told = [reason(bad, (80.0, 0.0, 0.0), **step) for step in steps]

    assert told == ["too_small", "cut_off", "turned_away", "too_dark", "low_contrast", "blurred"]
    assert [code for code in EXCLUSIONS if code in told] == told


def test_the_weakest_detections_beyond_the_cap_are_too_many() -> None:
    found = exclusions(table(*[GOOD] * 4), np.zeros((4, 3), np.float32), limits(max_faces=3))

    assert found == ["", "", "", "too_many"]


def test_an_occlusion_is_a_hint_that_leaves_nobody_out() -> None:
    assert reason(replace(GOOD, occlusion=1000)) == ""


def test_no_faces_have_no_reasons() -> None:
    pictures = PicturesInMemory([np.zeros((9, 16), np.uint8)] * 2)

    qualities = measured(pictures, [Detections.none()] * 2, 1.0)

    assert [each.shape for each in qualities] == [(0, len(QUALITY_UNITS))] * 2
    assert exclusions(qualities[0], np.empty((0, 3), np.float32), limits()) == []
