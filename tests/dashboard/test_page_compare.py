"""The comparison page in every state, over a real server."""

from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.charts_compare import SCREENING_DASHES
from dashboard.charts_palette import DARK, LIGHT, Palette
from dashboard.link import MOST_COMPARED
from moodtrace.store import Store
from moodtrace.timeline import Row, gap
from tests.dashboard.made_screening import Studio
from tests.dashboard.opened import opened, titles, words
from tests.dashboard.test_charts import contrast
from tests.simulated import FLICKER, rows_of, viewers

MARKERS = "start_ms,end_ms,label,kind\n4000,9000,logo,brand\n"
open_page = partial(opened, "compare")


def cut(seed: int, lift: float = 0.0, seconds: int = 24, count: int = 40) -> list[Row]:
    """Rows of viewers of whom more are happy from second 8 to 16."""
    happy = viewers(
        np.random.default_rng(seed),
        count,
        seconds,
        share=0.05,
        persistence=FLICKER,
        lift=lift,
        lifted=range(8, 16),
    )
    return rows_of(happy)


def charts(page: AppTest) -> list[str]:
    return [chart.proto.alt for chart in page.get("vega_lite_chart")]


def test_two_screenings_are_laid_over_each_other_and_the_lift_is_told_first(
    store: Store, studio: Studio
) -> None:
    studio.finished("cut a", cut(1))
    studio.finished("cut b", cut(2, lift=0.5))

    page = open_page(store, screening="cut a", others="cut b")

    assert not titles(page)
    choices, *found = page.expander[0].markdown, *page.markdown
    assert found[len(choices)].value.startswith("**cut b compared with cut a**")
    assert "- cut b lifts happiness by " in words(page)
    overlay, difference = charts(page)
    assert overlay.startswith("Share of viewers showing happiness, second by second. cut a: ")
    assert "cut b lifts happiness by " in difference
    tables = {"when": page.dataframe[1].value, "least": page.dataframe[2].value}
    average, run = tables["when"].to_dict("records")
    assert average["seconds"] == "average"
    assert abs(int(run["seconds"].partition("\N{EN DASH}")[0]) - 8) <= 1
    assert 20 < run["low"] < run["points"] < run["high"] < 80
    assert run["p"] <= 0.05
    assert run["n"] <= 40
    assert run["effect"] > 0.8
    assert tables["least"]["seconds"].tolist() == [10, 24]
    assert page.dataframe[0].value["second"].tolist() == list(range(24))


def test_three_are_each_compared_with_the_first(store: Store, studio: Studio) -> None:
    for seed, name in enumerate(("cut a", "cut b", "cut c")):
        studio.finished(name, cut(seed, seconds=8, count=12))

    page = open_page(store, screening="cut a", others="cut b,cut c", emotions="happy,neutral")

    assert len(charts(page)) == 2 * (1 + 2)
    assert "In one of 40 comparisons" in words(page)


def test_an_empty_store_says_how_to_make_a_screening(store: Store) -> None:
    assert titles(open_page(store)) == ["No screenings yet"]


def test_one_alone_has_nothing_to_be_compared_with(store: Store, studio: Studio) -> None:
    studio.finished("cut a", cut(1, seconds=4))
    assert titles(open_page(store)) == ["Nothing to compare it with yet"]


def test_a_second_one_is_asked_for_and_goes_into_the_link(store: Store, studio: Studio) -> None:
    studio.finished("cut a", cut(1, seconds=4))
    studio.finished("cut b", cut(2, seconds=4))
    page = open_page(store, screening="cut a")
    assert titles(page) == ["Choose a second screening"]

    page.multiselect[0].select("cut b").run()

    assert page.query_params["others"] == "cut b"
    assert charts(page)


def test_no_common_second_is_said(store: Store, studio: Studio) -> None:
    rows = cut(1, seconds=6)
    dark = [gap(second, "camera_down") for second in range(6)]
    studio.finished("cut a", [*rows[:3], *dark[3:]])
    studio.finished("cut b", [*dark[:3], *rows[3:]])
    page = open_page(store, screening="cut a", others="cut b")
    assert titles(page) == ["There is no second in which both were seen"]
    assert not charts(page)


def test_seconds_with_fewer_than_k_viewers_are_never_compared(store: Store, studio: Studio) -> None:
    few = [*cut(1, seconds=3, count=40), *cut(1, seconds=6, count=4)[3:]]
    studio.finished("cut a", few, k=5)
    studio.finished("cut b", cut(2, seconds=6), k=5)
    page = open_page(store, screening="cut a", others="cut b")
    assert page.dataframe[0].value["second"].tolist() == [0, 1, 2]

    studio.finished("cut c", cut(3, seconds=6, count=4), k=5)
    page = open_page(store, screening="cut c", others="cut b")
    assert titles(page) == ["There is no second in which both were seen"]


def test_different_models_are_a_warning(store: Store, studio: Studio) -> None:
    studio.finished("cut a", cut(1, seconds=4))
    studio.finished("cut b", cut(2, seconds=4), emotion_model="other")
    page = open_page(store, screening="cut a", others="cut b")
    (title,) = titles(page)
    assert title.startswith("cut b and cut a were not measured alike")
    assert "emotion model: mini-xception and other" in words(page)
    assert charts(page)


def test_a_marker_that_both_have_is_second_0(store: Store, studio: Studio) -> None:
    studio.finished("cut a", cut(1, seconds=8), markers=MARKERS)
    studio.finished("cut b", cut(2, seconds=8), markers=MARKERS.replace("4000", "2000"))
    studio.finished("cut c", cut(3, seconds=8))

    page = open_page(store, screening="cut a", others="cut b", align="logo")
    assert not titles(page)
    assert page.dataframe[0].value["second"].tolist() == [-2, -1, 0, 1, 2, 3]
    assert "0 s is where logo starts: cut a at 0:04; cut b at 0:02" in words(page)

    page = open_page(store, screening="cut a", others="cut c", align="logo")
    assert titles(page) == ["The link names an unknown marker"]
    assert page.dataframe[0].value["second"].tolist() == list(range(8))


def test_an_unknown_one_in_the_link_is_said_and_the_rest_is_compared(
    store: Store, studio: Studio
) -> None:
    studio.finished("cut a", cut(1, seconds=4))
    studio.finished("cut b", cut(2, seconds=4))
    page = open_page(store, screening="cut a", others="cut b,gone")
    assert titles(page) == ["The link names unknown screenings"]
    assert charts(page)


def test_a_store_that_is_away_is_said(tmp_path: Path) -> None:
    with closing(Store(f"unix://{tmp_path / 's'}")) as store:
        assert titles(open_page(store)) == ["The store does not answer"]


@pytest.mark.parametrize("right", ["compare", "norms"])
@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_lacks_the_right_is_refused_before_the_store_is_read(right: str, role: str) -> None:
    def script(right, role):  # type: ignore[no-untyped-def]  # its source alone is run
        import streamlit as st

        from dashboard.access import Reader
        from dashboard.navigation import PAGES, page_of

        (page,) = (page for page in PAGES if page[0] == right)
        st.navigation([page_of(*page, Reader("ann", frozenset({role})))]).run()

    page = AppTest.from_function(script, kwargs={"right": right, "role": role}).run()
    assert titles(page) == [f"You may not see or do this\\: {right}"]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_screening_stands_out_from_the_background(palette: Palette) -> None:
    assert all(contrast(colour, palette.background) >= 3 for colour in palette.screenings)
    words = palette.screenings[1:3]  # of the page of norms
    assert all(contrast(colour, palette.background) >= 4.5 for colour in words)


def test_every_screening_has_a_colour_and_a_dash_of_its_own() -> None:
    for palette in (LIGHT, DARK):
        assert len(set(palette.screenings)) == MOST_COMPARED
    assert len({tuple(dash) for dash in SCREENING_DASHES}) == MOST_COMPARED
