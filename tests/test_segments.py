"""Segments of many seconds at once say the same as one second, and one segment, at a time."""

import numpy as np
import pytest
from msgspec.structs import replace

from moodtrace.labels import EMOTIONS
from moodtrace.selection import SPLITS, Selection, Split, choices, selected
from moodtrace.small_cells import WITHHELD
from moodtrace.timeline import Row, gap
from tests.attack import audience

SECONDS = 60


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Each second another audience, and one without data."""
    rng = np.random.default_rng(3)
    found = [replace(audience(rng), second=second) for second in range(SECONDS)]
    found[7] = gap(7, "camera_down")
    return found


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("split", SPLITS)
def test_a_segment_is_who_would_be_chosen_alone(rows: list[Row], split: Split, k: int) -> None:
    segments = choices(rows, k).segments(split, range(SECONDS))
    assert len(segments) >= 2
    for name, segment in segments.items():
        alone = selected(rows, Selection(**{split: (name,)}), k)  # type: ignore[arg-type]
        usable = np.bincount(segment.second, minlength=SECONDS)
        assert usable.tolist() == [row.usable for row in alone]
        for place in range(len(EMOTIONS)):
            showing = np.bincount(segment.second, segment.showing[:, place], SECONDS)
            assert showing.tolist() == [row.showing[place] for row in alone]
        assert segment.withheld.tolist() == [row.gap == WITHHELD for row in alone]


def test_a_range_is_told_as_in_the_whole(rows: list[Row]) -> None:
    whole = choices(rows, 5).segments("cameras", range(SECONDS))
    part = choices(rows, 5).segments("cameras", range(20, 40))
    for name, segment in part.items():
        inside = (whole[name].second >= 20) & (whole[name].second < 40)
        assert (segment.second + 20).tolist() == whole[name].second[inside].tolist()
        assert segment.viewer.tolist() == whole[name].viewer[inside].tolist()
        assert segment.withheld.tolist() == whole[name].withheld[20:40].tolist()


@pytest.mark.parametrize("chosen", [Selection(ages=("18-24",)), Selection(cameras=("left",))])
def test_seconds_do_not_depend_on_each_other(rows: list[Row], chosen: Selection) -> None:
    together = selected(rows, chosen, 5)
    assert together == [only for row in rows for only in selected([row], chosen, 5)]
    assert {row.gap for row in together} == {"", WITHHELD, "camera_down"}
