"""Comparisons by some viewers and seconds: the link, what may be told, and what is drawn."""

import json
from functools import partial
from typing import Any

import pandas as pd
import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from dashboard import queries
from dashboard.link import Link, written
from moodtrace.selection import Selection
from moodtrace.store import Store
from moodtrace.timeline import Row, of_viewers
from tests.dashboard.made_screening import Studio, hall, row
from tests.dashboard.opened import labels, opened, titles, words

BOTH = {"screening": "cut a", "others": "cut b"}
MARKERS = "start_ms,end_ms,label,kind\n12000,15000,logo,brand\n"
open_page = partial(opened, "compare")


def later(rows: list[Row], seconds: int) -> list[Row]:
    """The same audience, which does everything so much later."""
    return [replace(rows[max(0, t - seconds)], second=t) for t in range(len(rows))]


def two(studio: Studio, k: int = 1, **about: str) -> None:
    studio.finished("cut a", hall(), k=k, **about)
    studio.finished("cut b", later(hall(), 5), k=k, **about)


def seconds(page: AppTest) -> pd.DataFrame:
    return page.dataframe[0].value.set_index("second")


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in page.get("vega_lite_chart")]


@pytest.mark.parametrize(
    ("link", "chosen"),
    [
        ({"ages": "18-24"}, Selection(ages=("18-24",))),
        ({"cameras": "left"}, Selection(cameras=("left",))),
        ({"zones": "back row,front row"}, Selection(zones=("back row", "front row"))),
        ({"start": "10", "end": "30"}, Selection(start=10, end=30)),
    ],
    ids=["ages", "cameras", "zones", "range"],
)
def test_each_side_is_what_its_own_page_shows_of_that_choice(
    link: dict[str, str], chosen: Selection, store: Store, studio: Studio
) -> None:
    two(studio, k=5)
    found = seconds(open_page(store, **BOTH, **link))
    for name, column in (("cut a", "first"), ("cut b", "share")):
        view = queries.read(store, name, chosen=chosen)
        shares = {one.second: one.showing[3] / one.usable for one in view.rows if one.usable}
        assert len(found) > 10
        assert found[column].to_dict() == pytest.approx({t: shares[t] for t in found.index})


def test_a_choice_goes_into_the_link_and_comes_back_from_it(store: Store, studio: Studio) -> None:
    two(studio)
    page = open_page(store, **BOTH)
    assert page.expander[0].label.replace("\\", "") == "Of each: all viewers, all seconds"
    page.checkbox(key="ages-18-24").check().run()
    page.slider[0].set_value((10, 40)).run()
    page.segmented_control[0].set_value(3).run()
    link = {**page.query_params}
    assert link == {**BOTH, "ages": "18-24", "start": "10", "end": "40", "smooth": "3"}

    again = open_page(store, **link)
    said = "Of each: age 18-24; from 0:10 to 0:40 of cut a · averaged over 3 s"
    assert again.expander[0].label.replace("\\", "") == said
    assert again.dataframe[0].value.equals(page.dataframe[0].value)
    assert "Only age 18-24; from 0:10 to 0:40 of cut a count" in words(again)


@pytest.mark.parametrize(
    "link",
    [
        Link(emotions=("surprise",), ages=("18-24", "25-34"), smooth=5),
        Link(cameras=("left",), zones=("front row",), start=3, baseline="median"),
        Link(emotions=("happy", "neutral"), end=20, smooth=3),
    ],
)
def test_a_page_keeps_the_link_it_was_opened_with(link: Link, store: Store, studio: Studio) -> None:
    two(studio)
    said = written(replace(link, screening="cut a", others=("cut b",)))
    page = open_page(store, **said)
    assert not titles(page)
    assert {**page.query_params} == said


def test_what_not_all_have_is_not_offered_and_said(store: Store, studio: Studio) -> None:
    studio.finished("cut a", hall())
    studio.finished("cut b", [row(t) for t in range(20)])
    page = open_page(store, **BOTH, cameras="left")
    assert not page.checkbox
    assert titles(page) == ["The link chooses viewers whom not all of these screenings have"]
    assert "All viewers count" in words(page)


def test_under_k_ages_and_places_are_not_combined(store: Store, studio: Studio) -> None:
    two(studio, k=5)
    page = open_page(store, **BOTH, ages="18-24")
    assert [box.key for box in page.checkbox if box.disabled] == [
        "cameras-left", "cameras-right", "zones-back row", "zones-front row",
    ]  # fmt: skip
    both = open_page(store, **BOTH, ages="18-24", cameras="left")
    assert "can't be chosen together" in titles(both)[0].replace("\\", "")
    assert not charts(both)


def test_a_choice_that_would_tell_of_few_is_compared_in_no_second(
    store: Store, studio: Studio
) -> None:
    two(studio, k=9)
    page = open_page(store, **BOTH, ages="18-24")
    assert titles(page) == ["There is no second in which both were seen"]
    assert not charts(page)
    assert not page.dataframe
    assert not page.get("download_button")


def test_one_side_under_its_own_k_is_enough(store: Store, studio: Studio) -> None:
    studio.finished("cut a", hall(), k=1)
    studio.finished("cut b", hall(), k=9)
    page = open_page(store, **BOTH, ages="18-24")
    assert titles(page) == ["There is no second in which both were seen"]


def test_a_range_is_of_the_first_and_of_what_lies_over_it(store: Store, studio: Studio) -> None:
    studio.finished("cut a", hall(), markers=MARKERS)
    studio.finished(
        "cut b", later(hall(), 5), markers=MARKERS.replace("12000,15000", "17000,20000")
    )
    page = open_page(store, **BOTH, align="logo", start="10", end="25")
    found = seconds(page)
    assert found.index.tolist() == list(range(-2, 13))
    assert found["first"].equals(found["share"].rename("first"))


def test_a_range_before_the_content_of_the_other_has_nothing_in_common(
    store: Store, studio: Studio
) -> None:
    studio.finished("cut a", hall(), markers=MARKERS)
    studio.finished("cut b", hall(), markers=MARKERS.replace("12000", "0"))
    page = open_page(store, **BOTH, align="logo", end="8")
    assert titles(page) == ["There is no second in which both were seen"]


def test_smoothing_is_named_on_every_chart_and_changes_no_figure(
    store: Store, studio: Studio
) -> None:
    two(studio)
    plain, smooth = (open_page(store, **BOTH, smooth=s) for s in ("0", "5"))
    for table, other in zip(plain.dataframe, smooth.dataframe, strict=True):
        assert table.value.equals(other.value)
    for spec in charts(smooth):
        assert spec["title"]["subtitle"] == "Averaged over 5 s"
    assert all(not spec["title"]["subtitle"] for spec in charts(plain))
    alts = [chart.proto.alt for chart in smooth.get("vega_lite_chart")]
    assert all("Curves are averaged over 5 s." in alt for alt in alts)
    assert "verdicts, figures and tables are as measured" in words(smooth)


def test_a_smoothed_curve_never_crosses_a_gap() -> None:
    from dashboard.queries_compare import for_the_eye

    points = pd.DataFrame(
        {"place": 0, "second": [0, 1, 2, 4, 5], "share": [0.0, 0.3, 0.9, 1.0, 0.0]}
    )
    assert for_the_eye(points, 3)["share"].tolist() == pytest.approx([0.0, 0.4, 0.9, 1.0, 0.0])
    assert for_the_eye(points, 0).equals(points)


def test_files_are_offered_of_every_chart_and_table(store: Store, studio: Studio) -> None:
    two(studio)
    page = open_page(store, **BOTH, emotions="happy,surprise")
    offered = labels(page.get("download_button"))
    assert offered.count("PNG") == offered.count("SVG") == len(charts(page)) == 4
    assert offered.count("CSV") == 4 + len(page.dataframe)
    assert not open_page(store, "analyst", screening="cut a").get("download_button")


def test_an_audience_that_is_not_told_apart_has_nothing_to_choose(
    store: Store, studio: Studio
) -> None:
    rows = [of_viewers(replace(one, second=t), one.people) for t, one in enumerate(hall()[:4])]
    studio.finished("cut a", rows, k=25)
    studio.finished("cut b", rows, k=25)
    page = open_page(store, **BOTH)
    assert titles(page) == ["There is no second in which both were seen"]
    assert not page.checkbox
