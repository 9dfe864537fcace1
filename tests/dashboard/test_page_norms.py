"""The page of norms in every state, over a real server."""

from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from dashboard.queries_percentiles import HIGH, LOW, USUAL, figure_name, place
from moodtrace.norms import LEAST
from moodtrace.store import Store
from moodtrace.timeline import Row
from tests.dashboard.made_screening import Studio
from tests.dashboard.opened import opened, titles, words
from tests.factories import row, viewer

open_page = partial(opened, "norms")


def shown(happy: int, *, of: int = 20, seconds: int = 3) -> list[Row]:
    """Rows in which so many of the viewers are happy, and the rest is sad."""
    people = [viewer("happy")] * happy + [viewer("sad")] * (of - happy)
    return [row(second, *people) for second in range(seconds)]


def library(studio: Studio, count: int) -> None:
    """Screenings with 1, 2, 3, … of 20 viewers happy."""
    for number in range(1, count + 1):
        studio.finished(f"past-{number:02}", shown(number))


def test_a_screening_is_held_against_those_like_it(store: Store, studio: Studio) -> None:
    library(studio, LEAST)
    studio.finished("spring", shown(20))

    page = open_page(store, screening="spring")

    assert not titles(page)
    table = page.dataframe[0].value.set_index("figure").to_dict("index")
    happiest, saddest = table["Happiness, average"], table["Sadness, average"]
    assert (happiest["value"], happiest["place"], happiest["percentile"]) == ("100%", HIGH, 100)
    assert (saddest["value"], saddest["place"], saddest["percentile"]) == ("0%", LOW, 0)
    assert (happiest["n"], happiest["median"]) == (LEAST, "28%")  # of 5 % to 50 %
    assert table["Fear, average"]["place"] == USUAL
    assert "10 comparable screenings of 2026-01-01 to 2026-01-01: recorded, up to 20 s" in words(
        page
    )


def test_below_ten_it_says_how_many_are_missing_and_why_others_do_not_count(
    store: Store, studio: Studio
) -> None:
    library(studio, LEAST - 2)
    studio.finished("film", shown(3, seconds=25))
    studio.finished("other-1", shown(3), emotion_model="other")
    studio.finished("other-2", shown(3), emotion_model="other")
    studio.finished("spring", shown(9))

    page = open_page(store, screening="spring")

    assert titles(page) == ["No norms yet: 2 more comparable screenings are needed"]
    (reasons,) = (frame.value for frame in page.dataframe)
    assert reasons.to_dict("records") == [
        {"reason": "another emotion model", "screenings": 2},
        {"reason": "content of another length", "screenings": 1},
    ]


def test_a_screening_of_small_groups_has_no_figures(store: Store, studio: Studio) -> None:
    library(studio, LEAST)
    studio.finished("spring", shown(2, of=4), k=5)
    page = open_page(store, screening="spring")
    assert titles(page) == ["This screening has no figure to compare"]
    assert not page.dataframe


def test_an_empty_store_says_how_to_make_a_screening(store: Store) -> None:
    assert titles(open_page(store)) == ["No screenings yet"]


def test_a_running_screening_is_of_its_seconds_so_far(store: Store, studio: Studio) -> None:
    studio.running("spring", shown(9))
    page = open_page(store)
    assert "spring is still running" in titles(page)


def test_a_store_that_is_away_is_said(tmp_path: Path) -> None:
    with closing(Store(f"unix://{tmp_path / 's'}")) as store:
        assert titles(open_page(store)) == ["The store does not answer"]


@pytest.mark.parametrize(
    ("percentile", "word"), [(0, LOW), (25, LOW), (26, USUAL), (74, USUAL), (75, HIGH)]
)
def test_the_middle_half_is_usual(percentile: float, word: str) -> None:
    assert place(percentile) == word


def test_figures_have_names() -> None:
    assert figure_name("happy.ever") == "Happiness, shown at least once"
    assert figure_name("attention") == "Attention"
