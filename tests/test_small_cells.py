from itertools import combinations

import numpy as np
import pytest
from msgspec.structs import replace

from moodtrace.crowd import Crowd
from moodtrace.small_cells import Places, SmallCells, band_names, hidden_places, main_band
from moodtrace.viewers import Viewer
from tests.attack import audience, pairs, smallest, views
from tests.factories import viewer

K = 5
CHILD, ADULT = (1000, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 500, 500, 0, 0, 0)


def at(
    count: int, *, camera: str = "front", zone: str = "", age: tuple[int, ...] = ()
) -> list[Viewer]:
    return [replace(viewer(age=age), camera_id=camera, zone=zone)] * count


def bands(people: list[Viewer]) -> frozenset[str]:
    return band_names(SmallCells(Crowd([people]), K).bands[0])


def main_bands(people: list[Viewer]) -> frozenset[str]:
    return band_names(SmallCells(Crowd([people]), K).main_bands[0])


def test_where_all_are_many_nothing_is_withheld() -> None:
    people = at(5, camera="front", zone="sofa") + at(12, camera="left", zone="stairs", age=ADULT)

    assert hidden_places(people, K) == Places()
    assert bands(people) == frozenset()
    assert main_bands(people) == frozenset()


def test_the_next_smallest_hides_a_small_camera() -> None:
    people = at(20, camera="front") + at(6, camera="left") + at(2, camera="right")

    assert hidden_places(people, K).cameras == {"left", "right"}


def test_two_small_ones_hide_each_other_if_they_are_k_together() -> None:
    people = at(20, camera="front") + at(3, camera="left") + at(2, camera="right")

    assert hidden_places(people, K).cameras == {"left", "right"}


def test_a_zone_is_withheld_that_leaves_few_of_a_camera() -> None:
    people = at(8, zone="sofa") + at(2, zone="elsewhere") + at(9, camera="left", zone="elsewhere")

    assert hidden_places(people, K).cameras == frozenset()
    assert hidden_places(people, K).zones == {"sofa", "elsewhere"}
    assert hidden_places(people + at(4, zone="elsewhere"), K).zones == frozenset()


def test_a_zone_that_not_all_are_in_leaves_those_who_are_in_none() -> None:
    assert hidden_places(at(8, zone="sofa") + at(2), K).zones == {"sofa", ""}


def test_age_bands_are_withheld_that_would_tell_of_a_child_among_adults() -> None:
    apart = at(9, camera="front", age=CHILD) + at(12, camera="left", age=ADULT)
    mixed = [*apart, *at(1, camera="left", age=CHILD)]

    assert bands(apart) == frozenset()
    assert bands(mixed) == {"0-12", "25-34", "35-44"}
    assert main_bands(apart) == frozenset()
    assert main_bands(mixed) == {"0-12", "25-34"}


def test_a_viewer_belongs_to_the_band_that_most_of_it_is_in() -> None:
    assert main_band(viewer(age=ADULT)) == "25-34"
    assert main_band(viewer()) == "unknown"


def test_people_who_could_not_be_scored_are_in_no_cell() -> None:
    lost = [replace(viewer(excluded="blurred"), camera_id="left")]

    assert hidden_places(at(6) + lost, K).cameras == frozenset()


def attacked(audiences: int, seed: int) -> tuple[float, float, int]:
    """Return the smallest group found by pairs, by many views, and how many views there were.

    By many: any views of two kinds, each taken once, twice, or taken off.
    """
    rng = np.random.default_rng(seed)
    by_pairs, by_many, shown = np.inf, np.inf, 0
    for _ in range(audiences):
        found = views(audience(rng), K)
        everything = [view for kind in found.values() for view in kind]
        shown += len(everything)
        if everything:
            by_pairs = min(by_pairs, smallest(pairs(everything)))
        for kinds in combinations(found.values(), 2):
            if both := [view for kind in kinds for view in kind]:
                times = rng.integers(-1, 3, size=(300, len(both)))
                times[rng.random(times.shape) > 4 / len(both)] = 0
                by_many = min(by_many, smallest(times @ np.array(both)))
    return by_pairs, by_many, shown


def test_nobody_is_found_by_adding_and_subtracting_what_is_shown() -> None:
    by_pairs, by_many, shown = attacked(audiences=60, seed=1)

    assert by_pairs >= K
    assert by_many >= K
    assert shown > 1000


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nobody_is_found_in_a_thousand_audiences() -> None:
    by_pairs, by_many, shown = attacked(audiences=1000, seed=2)

    assert by_pairs >= K
    assert by_many >= K
    assert shown > 20_000
