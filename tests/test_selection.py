import pytest
from msgspec.structs import replace

from moodtrace.errors import UsageError
from moodtrace.metrics import Point, is_shown, share
from moodtrace.selection import Selection, choices, selected, smoothed
from moodtrace.timeline import gap
from moodtrace.viewers import Viewer
from tests.factories import row, viewer

YOUNG, OLD = (0, 0, 600, 400, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 400, 600)


def at(camera: str, zone: str, showing: str = "happy", age: tuple[int, ...] = ()) -> Viewer:
    seen = viewer("happy" if showing == "happy" else "sad", age=age)
    return replace(seen, camera_id=camera, zone=zone)


PEOPLE = [
    at("front", "sofa", "happy", YOUNG),
    at("front", "sofa", "sad", OLD),
    at("front", "elsewhere", "sad", YOUNG),
    at("left", "elsewhere", "sad", OLD),
]
ROWS = [row(0, *PEOPLE), gap(1, "no_frames"), row(2, *PEOPLE[:1]), row(3)]


def test_nothing_chosen_is_everything() -> None:
    assert selected(ROWS, Selection(), 1) == ROWS


def test_a_range_of_seconds_keeps_what_is_in_it() -> None:
    assert [row.second for row in selected(ROWS, Selection(start=1, end=3), 1)] == [1, 2]
    assert [row.second for row in selected(ROWS, Selection(start=2), 1)] == [2, 3]


def test_choices_are_joined_within_a_split_and_met_between_splits() -> None:
    def counted(**chosen: tuple[str, ...]) -> tuple[int, float | None]:
        first = selected(ROWS, Selection(**chosen), 1)[0]  # type: ignore[arg-type]
        return first.usable, share(first, "happy")

    assert counted(cameras=("front",)) == (3, 1 / 3)
    assert counted(zones=("sofa",)) == (2, 0.5)
    assert counted(cameras=("front", "left"), zones=("elsewhere",)) == (2, 0)
    assert counted(ages=("18-24",)) == (2, 0.5)
    assert counted(ages=("18-24", "65+")) == (4, 0.25)
    assert counted(ages=("25-34",)) == (0, None)
    assert counted(ages=("18-24",), zones=("sofa",)) == (1, 1)


def test_gaps_stay_gaps_and_who_is_chosen_is_split_again() -> None:
    first, lost, *_ = selected(ROWS, Selection(zones=("sofa",)), 1)

    assert lost == ROWS[1]
    assert set(first.by_camera) == {"front"}
    assert {band: cell.usable for band, cell in first.age_bands.items()} == {
        "18-24": 600,
        "25-34": 400,
        "55-64": 400,
        "65+": 600,
        "unknown": 0,
    }


def test_a_choice_that_would_tell_of_few_is_withheld_and_not_split_further() -> None:
    many = row(0, *[at("front", "sofa")] * 6, *[at("left", "elsewhere")] * 2)
    more = row(1, *[at("front", "sofa")] * 6, *[at("left", "elsewhere")] * 5)

    front, both = selected([many, more], Selection(cameras=("front",)), 5)

    assert front.gap == "withheld"
    assert not is_shown(front, 5)
    assert (both.usable, both.by_camera, both.zones, both.age_bands) == (6, {}, {}, {})
    assert selected([many], Selection(cameras=("front", "left")), 5)[0].usable == 8


def test_a_second_that_is_withheld_does_not_say_that_a_part_of_it_is_empty() -> None:
    assert selected([row(0, *PEOPLE)], Selection(cameras=("right",)), 5)[0].gap == "withheld"


def test_ages_and_places_are_not_crossed_where_small_groups_are_withheld() -> None:
    with pytest.raises(UsageError, match="can't be chosen together"):
        selected(ROWS, Selection(ages=("65+",), cameras=("front",)), 2)


def test_choices_say_how_many_they_show_at_most() -> None:
    assert choices(ROWS, 1) == {
        "ages": {"18-24": 2, "65+": 2},
        "cameras": {"front": 3, "left": 1},
        "zones": {"elsewhere": 2, "sofa": 2},
    }
    assert choices(ROWS, 2) == {
        "ages": {"18-24": 2, "65+": 2},
        "cameras": {"front": 0, "left": 0},
        "zones": {"elsewhere": 2, "sofa": 2},
    }


def test_smoothing_averages_around_a_second_and_never_across_a_gap() -> None:
    points = [Point(t, v) for t, v in ((0, 0.0), (1, 0.3), (2, 0.9), (3, 0.0), (5, 1.0), (6, 0.0))]

    assert smoothed(points, 0) == points
    by_three = {second: round(value, 9) for second, value in smoothed(points, 3)}
    assert by_three == {0: 0.0, 1: 0.4, 2: 0.4, 3: 0.0, 5: 1.0, 6: 0.0}
    assert smoothed([Point(t, float(t)) for t in range(7)], 5)[3] == Point(3, 3.0)
    assert smoothed([Point(t, float(t == 2)) for t in range(5)], 5)[2] == Point(2, 0.2)
