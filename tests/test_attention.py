"""Audiences whose heads point where they are told to."""

import pytest
from msgspec.structs import replace

from moodtrace.attention import CALIBRATION_SECONDS, Facing, calibrated
from moodtrace.messages import Face
from moodtrace.timeline import BEGINNING, Row
from moodtrace.tracks import Sighting
from tests.factories import face, scored
from workers.aggregate import closed

LEAST = (410,) * 7


def looking(yaw_deg: int, pitch_deg: int = 0, *, place: int = 0) -> Face:
    left = 1500 * place
    return replace(face(), pose=(yaw_deg, pitch_deg, 0), xyxy=(left, 1000, left + 900, 2000))


def seconds_of(*yaws_per_second: tuple[int, ...]) -> list[Row]:
    """Close seconds in which the viewers look there."""
    rows: list[Row] = []
    for second, yaws in enumerate(yaws_per_second):
        faces = [looking(yaw, place=place) for place, yaw in enumerate(yaws)]
        frames = [scored(1000 * second + 200 * n, *faces) for n in range(5)]
        rows.append(closed(second, frames, rows[-1].after if rows else BEGINNING, LEAST))
    return rows


def attention(rows: list[Row]) -> list[float]:
    return [row.attending / row.posed for row in rows]


@pytest.mark.parametrize(
    ("pose", "attends"),
    [((0, 0, 0), True), ((29, 0, 40), True), ((31, 0, 0), False), ((-22, 22, 0), False)],
)
def test_a_head_attends_that_points_at_the_camera(pose: tuple[int, ...], attends: bool) -> None:
    assert Facing().attends(pose) == attends


def test_attention_falls_while_heads_turn_away() -> None:
    rows = seconds_of((0, 5), (10, 20), (25, 45), (50, 55))

    assert attention(rows) == [1, 1, 0.5, 0]


def test_an_audience_tells_where_the_screen_is() -> None:
    five = (38, 42, 40, 41, 39)
    rows = seconds_of(five, five, (0, 0, 40, 40, 40))

    assert attention(rows) == [1, 1, 0.6]


def test_a_few_do_not_move_the_screen() -> None:
    assert attention(seconds_of((40, 42), (40, 42))) == [0, 0]


def test_only_the_first_seconds_tell() -> None:
    facing: dict[str, Facing] = {}
    for second in range(CALIBRATION_SECONDS + 5):
        yaw = 10 if second < CALIBRATION_SECONDS else 80
        seen = [Sighting(camera_id="front", track_id=n, face=looking(yaw)) for n in range(1, 6)]
        facing = calibrated(facing, seen)

    assert facing["front"].faces == 5 * CALIBRATION_SECONDS
    assert facing["front"].yaw_deg == 10 * facing["front"].faces


def test_heads_too_small_to_tell_are_in_no_share() -> None:
    small = replace(face(excluded="too_small"), pose=())
    row = closed(0, [scored(200 * n, small) for n in range(5)], BEGINNING, LEAST)

    assert (row.viewers, row.attending, row.posed) == (1, 0, 0)
    assert row.people[0].attending is None
