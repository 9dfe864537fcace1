"""Areas as people write them, and faces in and out of them."""

import pytest
from msgspec.structs import replace

from moodtrace.errors import UsageError
from moodtrace.screening import Area, AreaKind
from moodtrace.tracks import Place, Sighting
from moodtrace.zones import ELSEWHERE, parse_areas, places
from tests.factories import face

LEFT = "left=0,0 0.5,0 0.5,1 0,1"
RIGHT = "right=0.5,0 1,0 1,1 0.5,1"


def areas(*texts: str, kind: AreaKind = "zone") -> list[Area]:
    return parse_areas(kind, texts, ["front"])


def seen(track: int, *middles: tuple[int, int], camera: str = "front") -> list[Sighting]:
    """A track whose face has its middle there, in 1/10000 of the frame, frame by frame."""
    boxes = [(right - 500, down - 700, right + 500, down + 700) for right, down in middles]
    return [
        Sighting(camera_id=camera, track_id=track, face=replace(face(), xyxy=box)) for box in boxes
    ]


def test_an_area_is_read_in_shares_of_the_frame() -> None:
    (area,) = parse_areas("seat", ["left:A 1=0.1,.25  0.5,0.2 1,1."], ["front", "left"])

    assert area == Area(
        kind="seat",
        camera_id="left",
        name="A 1",
        points=((1000, 2500), (5000, 2000), (10000, 10000)),
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("left", "this is no zone"),
        ("left=0,0 1,0", "three corners or more are wanted"),
        ("left=0,0 1,0 1", "three corners or more are wanted"),
        ("left=0,0 1,0 1,1.01", "three corners or more are wanted"),
        ("left=0,0 1,0 1,-0.1", "three corners or more are wanted"),
        ("left=0,0 1,0 1,nan", "three corners or more are wanted"),
        ("left=", "three corners or more are wanted"),
        ("left=0,0 0.5,0.5 1,1", "enclose no area"),
        ("left=0,0 0.00001,0 0.00001,0.00001", "enclose no area"),  # less than a step
        ("left=0,0 1,1 1,0 0,1", "its sides cross"),
        ("elsewhere=0,0 1,0 1,1", "lies in no zone"),
        ("=0,0 1,0 1,1", "letters, digits"),
        ("a/b=0,0 1,0 1,1", "letters, digits"),
        ("back:left=0,0 1,0 1,1", "no such camera"),
    ],
)
def test_what_is_no_area_is_refused_in_three_lines(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as refused:
        areas(text)

    assert all(refused.value.lines())


def test_of_several_cameras_the_one_must_be_named_and_a_name_comes_once_in_each() -> None:
    cameras = ["front", "left"]
    both = parse_areas("zone", [f"front:{LEFT}", f"left:{LEFT}"], cameras)
    assert [area.camera_id for area in both] == cameras

    with pytest.raises(UsageError, match="not said of which camera"):
        parse_areas("zone", [LEFT], cameras)
    with pytest.raises(UsageError, match="comes twice"):
        areas(LEFT, RIGHT, LEFT)


def test_a_face_is_where_its_middle_was_in_most_frames() -> None:
    inside, outside = (2000, 2000), (7000, 2000)
    zones = areas(LEFT)

    assert places(seen(1, inside, inside, outside), zones) == {1: Place(zone="left")}
    assert places(seen(1, outside, inside, outside), zones) == {1: Place(zone=ELSEWHERE)}
    assert places(seen(1, inside, outside), zones) == {1: Place(zone="left")}  # as often: the first


def test_borders_and_overlaps_belong_to_the_area_that_was_drawn_first() -> None:
    border = seen(1, (5000, 3000))

    assert places(border, areas(LEFT, RIGHT))[1].zone == "left"
    assert places(border, areas(RIGHT, LEFT))[1].zone == "right"


def test_a_hollow_corner_is_not_in_the_zone() -> None:
    bent = areas("bent=0,0 1,0 1,1 0.5,0.1 0,1")  # a chevron: the lower middle is cut out

    assert places(seen(1, (5000, 5000)), bent)[1].zone == ELSEWHERE
    assert places(seen(1, (9000, 5000)), bent)[1].zone == "bent"


def test_zones_and_seats_go_side_by_side_and_cameras_apart() -> None:
    drawn = areas(LEFT) + areas("A1=0,0 1,0 1,0.5 0,0.5", kind="seat")
    faces = [*seen(1, (2000, 2000)), *seen(2, (8000, 8000)), *seen(3, (2000, 2000), camera="left")]

    assert places(faces, drawn) == {
        1: Place("left", "A1"),
        2: Place(ELSEWHERE, ""),
        3: Place(ELSEWHERE, ""),
    }


def test_without_zones_nobody_is_elsewhere() -> None:
    assert places(seen(1, (2000, 2000)), []) == {}
    assert places(seen(1, (2000, 2000)), areas("A1=0,0 1,0 1,1", kind="seat")) == {
        1: Place(seat="A1")
    }
