"""People in seats that two cameras see."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from moodtrace.messages import FacesScored
from moodtrace.screening import Area
from moodtrace.timeline import BEGINNING, Row
from moodtrace.tracks import Sitter
from moodtrace.viewers import Viewer
from moodtrace.zones import ELSEWHERE, parse_areas
from tests.factories import face, scored, viewer
from workers.aggregate import closed
from workers.seats import seated

LEAST = (410,) * 7
CAMERAS = ("front", "left")


def sitting(
    number: int,
    camera: str,
    seat: str = "A1",
    *,
    usable: int = 5,
    size: int = 100,
    excluded: str = "",
    zone: str = "",
) -> Viewer:
    return replace(
        viewer(number=number, excluded=excluded),
        camera_id=camera,
        seat=seat,
        usable=usable,
        size=size,
        zone=zone,
    )


def numbers(viewers: list[Viewer]) -> list[tuple[int, str, str]]:
    return [(viewer.id, viewer.camera_id, viewer.seat) for viewer in viewers]


def test_who_sits_in_one_seat_is_one_viewer_under_the_smallest_number() -> None:
    now, sitters = seated([sitting(1, "front", usable=3), sitting(4, "left")], {}, 0)

    assert numbers(now) == [(1, "left", "A1")]  # as the camera with more usable frames saw it
    assert sitters == {"A1": Sitter(viewer_id=1, second=0)}


def test_of_as_many_frames_the_larger_face_counts_and_then_the_camera() -> None:
    larger, _ = seated([sitting(1, "front"), sitting(2, "left", size=101)], {}, 0)
    first, _ = seated([sitting(1, "left"), sitting(2, "front")], {}, 0)

    assert numbers(larger) == [(1, "left", "A1")]
    assert numbers(first) == [(1, "front", "A1")]


def test_a_viewer_whom_one_camera_could_not_score_is_not_excluded() -> None:
    small = sitting(1, "front", usable=0, excluded="too_small", size=900)
    now, _ = seated([small, sitting(2, "left", usable=1)], {}, 0)

    assert [(viewer.id, viewer.excluded) for viewer in now] == [(1, "")]


def test_the_number_stays_while_either_camera_sees_the_seat() -> None:
    both = [sitting(1, "front"), sitting(4, "left")]
    _, sitters = seated(both, {}, 0)
    for second, group in enumerate(([both[1]], [both[0]], [both[1]], [sitting(9, "left")]), 1):
        now, sitters = seated(group, sitters, second)
        assert [viewer.id for viewer in now] == [1]


def test_a_seat_that_was_empty_for_long_has_another_viewer() -> None:
    before = {"A1": Sitter(viewer_id=1, second=0)}

    assert seated([sitting(4, "left")], before, 10)[0][0].id == 1
    assert seated([sitting(4, "left")], before, 11)[0][0].id == 4
    assert seated([], before, 11)[1] == {}


def test_who_changes_seats_takes_the_number_along() -> None:
    _, sitters = seated([sitting(1, "front"), sitting(4, "left")], {}, 0)
    now, sitters = seated([sitting(1, "front", "A2"), sitting(4, "left")], sitters, 1)

    assert numbers(now) == [(1, "front", "A2"), (4, "left", "A1")]
    assert {seat: sitter.viewer_id for seat, sitter in sitters.items()} == {"A1": 4, "A2": 1}


def test_two_in_a_seat_of_one_camera_are_two() -> None:
    leaning_in = sitting(2, "front", usable=2)
    now, _ = seated([sitting(1, "front"), leaning_in, sitting(3, "left")], {}, 0)

    assert numbers(now) == [(1, "front", "A1"), (2, "front", "")]


def test_a_zone_that_only_one_camera_has_counts() -> None:
    front = sitting(1, "front", zone=ELSEWHERE)
    now, _ = seated([front, sitting(2, "left", usable=1, zone="sofa")], {}, 0)

    assert [(viewer.camera_id, viewer.zone) for viewer in now] == [("front", "sofa")]


SEATS = "ABC"
audiences = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["", *SEATS]), st.integers(0, 2)),
    max_size=8,
    unique_by=lambda each: each[0],
)


@settings(deadline=None)
@given(st.lists(audiences, min_size=1, max_size=14), st.randoms())
def test_numbers_and_seats_are_taken_once_in_any_order(
    seconds: list[list[tuple[int, str, int]]], rng: random.Random
) -> None:
    sitters: dict[str, Sitter] = {}
    for second, people in enumerate(seconds):
        viewers = [sitting(n, CAMERAS[n % 2], seat, usable=u) for n, seat, u in people]
        shuffled = rng.sample(viewers, len(viewers))
        again = seated(shuffled, sitters, second)
        now, sitters = seated(viewers, sitters, second)

        assert again == (now, sitters)
        assert len({viewer.id for viewer in now}) == len(now)
        taken = [viewer.seat for viewer in now if viewer.seat]
        assert sorted(taken) == sorted({seat for _, seat, _ in people if seat})
        assert {seat: sitters[seat].viewer_id for seat in taken} == {
            viewer.seat: viewer.id for viewer in now if viewer.seat
        }


places = st.integers(0, 9_000)
frames = st.builds(
    lambda camera, seq, corners: scored(
        seq * 100,
        *(replace(face(), xyxy=(x, y, x + 900, y + 900)) for x, y in corners),
        camera=camera,
        seq=seq,
    ),
    st.sampled_from(CAMERAS),
    st.integers(0, 29),
    st.lists(st.tuples(places, places), max_size=3),
)
rooms = st.lists(frames, min_size=1, max_size=40, unique_by=lambda f: (f.camera_id, f.seq))

AREAS = (
    *parse_areas("zone", ["front:door=0,0 0.5,0 0.5,1 0,1", "left:door=0.3,0.2 1,0 1,1"], CAMERAS),
    *parse_areas("zone", ["left:sofa=0,0 0.6,0 0.6,1 0,1"], CAMERAS),
    *parse_areas("seat", ["front:A1=0,0 0.7,0 0.7,1 0,1", "left:A1=0,0 1,0 1,0.6 0,0.6"], CAMERAS),
)


def rows_of(messages: list[FacesScored], areas: tuple[Area, ...]) -> list[Row]:
    rows: list[Row] = []
    for second in range(3):
        group = [message for message in messages if message.pts_ms // 1000 == second]
        rows.append(closed(second, group, rows[-1].after if rows else BEGINNING, LEAST, areas))
    return rows


@settings(deadline=None)
@given(rooms, st.randoms())
def test_zones_and_cameras_add_up_and_neither_order_nor_repeats_change_a_row(
    messages: list[FacesScored], rng: random.Random
) -> None:
    shuffled = messages + rng.choices(messages, k=5)
    rng.shuffle(shuffled)
    rows = rows_of(messages, AREAS)

    assert rows_of(shuffled, AREAS) == rows
    for row in rows:
        for cells in (row.zones, row.by_camera, row.age_bands):
            assert sum(cell.usable for cell in cells.values()) == 1000 * row.usable
            for emotion, count in enumerate(row.showing):
                assert sum(cell.showing[emotion] for cell in cells.values()) == 1000 * count
        assert sum(viewer.seat == "A1" for viewer in row.people) <= 1
