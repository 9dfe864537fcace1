"""What people choose on the page of a screening: who counts, when, and how it is drawn."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Checkbox

from moodtrace.selection import Selection, selected
from moodtrace.store import Store
from moodtrace.timeline import Row
from tests.dashboard.made_screening import Studio, film, hall
from tests.dashboard.opened import titles, words
from tests.dashboard.test_page_screening import open_page, table_of

SCENES = (
    "start_ms,end_ms,label,kind\n"
    "0,8000,opening,scene\n20000,27000,the joke,scene\n52000,52000,logo,brand\n"
)
CAMERAS = ("left", "right")


def finished(studio: Studio, rows: list[Row] | None = None, *, k: int = 1) -> None:
    studio.finished("spring-a", hall() if rows is None else rows, k=k, markers=SCENES)


def drawn(page: AppTest) -> Any:
    """What the player was given."""
    (player,) = page.get("bidi_component")
    return json.loads(player.proto.json)["drawing"]


def box(page: AppTest, name: str) -> Checkbox:
    return next(box for box in page.checkbox if box.key == name)


def shares(page: AppTest) -> list[float]:
    return list(table_of(page, "share_happy")["share_happy"])


def of(rows: Sequence[Row], chosen: Selection, k: int = 1) -> list[float]:
    """Shares of the chosen viewers who are happy, without seconds that show none."""
    return [row.showing[3] / row.usable for row in selected(rows, chosen, k) if row.usable]


def test_each_segment_says_how_many_viewers_it_has(store: Store, studio: Studio) -> None:
    finished(studio)
    labels = [box.label.replace("\\", "") for box in open_page(store).checkbox]
    assert labels == [
        *("18-24 · 8", "25-34 · 8", "35-44 · 8"),
        *("left · 14", "right · 10", "back row · 12", "front row · 12"),
    ]


def test_chosen_viewers_alone_count_by_click_and_by_link(store: Store, studio: Studio) -> None:
    finished(studio)
    page = open_page(store, ["seconds"])
    box(page, "ages-18-24").check().run()
    assert page.query_params["ages"] == "18-24"
    linked = open_page(store, ["seconds"], ages="18-24")
    for shown in (page, linked):
        expected = of(hall(), Selection(ages=("18-24",)))
        assert [s for s in shares(shown) if s == s] == pytest.approx(expected, abs=1e-4)
        assert "n = 8" in words(shown)


def test_a_segment_under_k_is_grey_and_says_why(store: Store, studio: Studio) -> None:
    finished(studio, k=9)
    page = open_page(store)
    grey = {box.key: box.help for box in page.checkbox if box.disabled}
    assert set(grey) == {
        *("ages-18-24", "ages-25-34", "ages-35-44"),
        *("zones-back row", "zones-front row"),  # which would split cameras into fewer than 9
    }
    assert set(grey.values()) == {"Withheld: fewer than 9 viewers"}


def test_under_k_ages_and_places_are_not_combined(store: Store, studio: Studio) -> None:
    finished(studio, k=5)
    page = open_page(store, ages="18-24")
    grey = [box.key for box in page.checkbox if box.disabled]
    assert grey == ["cameras-left", "cameras-right", "zones-back row", "zones-front row"]
    both = open_page(store, ages="18-24", cameras="left")
    assert [title.replace("\\", "") for title in titles(both)] == [
        "Age bands and places can't be chosen together where small groups are withheld"
    ]
    assert not both.metric


def test_a_choice_that_would_tell_of_few_shows_nothing(store: Store, studio: Studio) -> None:
    finished(studio, k=9)
    page = open_page(store, ages="18-24")
    assert titles(page) == ["Nothing to show of these viewers"]
    assert not page.metric and not page.get("bidi_component")


def test_segments_under_k_are_in_no_table_and_no_strip(store: Store, studio: Studio) -> None:
    finished(studio, k=9)
    page = open_page(store, split="ages")
    segments = table_of(page, "segment")
    assert set(segments["segment"]) == {"18-24", "25-34", "35-44"}
    assert segments[["average", "n"]].isna().all(axis=None)
    assert drawn(page)["strip"]["rows"] == []


def test_who_is_not_there_is_named_and_left_out(store: Store, studio: Studio) -> None:
    finished(studio)
    page = open_page(store, cameras="left,roof")
    assert titles(page) == ["The link chooses viewers whom this screening does not have"]
    assert "roof" in words(page) and "n = 14" in words(page)


def test_a_range_is_what_all_figures_are_of(store: Store, studio: Studio) -> None:
    finished(studio, film())
    page = open_page(store, ["seconds"], start="10", end="23")
    assert len(shares(page)) == 13
    assert page.metric[0].value == "10%"
    assert drawn(page)["range"] == [10, 23]
    page.slider[0].set_value((10, 60)).run()
    assert {**page.query_params} == {"screening": "spring-a", "start": "10"}
    assert page.metric[0].value == "41%"


def test_a_range_beyond_the_content_is_cut(store: Store, studio: Studio) -> None:
    finished(studio, film())
    page = open_page(store, ["seconds"], start="500", end="900")
    assert len(shares(page)) == 1


def test_smoothing_is_named_and_changes_no_figure(store: Store, studio: Studio) -> None:
    finished(studio, film())
    plain, smooth = (open_page(store, ["seconds", "picture"], smooth=s) for s in ("0", "5"))
    assert drawn(smooth)["heading"] == ("Share of viewers showing each emotion, averaged over 5 s")
    happy = drawn(smooth)["series"][0]
    assert happy["values"][23] == pytest.approx((0.41 + 4 * 0.10) / 5, abs=1e-3)
    assert happy["values"][30:34] == [None] * 4
    assert happy["low"][23] < happy["values"][23] < happy["high"][23]
    assert "Curves are averaged over 5 s." in smooth.get("vega_lite_chart")[0].proto.alt
    assert [m.value for m in smooth.metric] == [m.value for m in plain.metric]
    assert shares(smooth)[23] == shares(plain)[23] == 0.41
    assert drawn(smooth)["peaks"] == drawn(plain)["peaks"]


def test_the_band_can_be_left_out(store: Store, studio: Studio) -> None:
    finished(studio)
    assert drawn(open_page(store))["series"][0]["low"]
    assert drawn(open_page(store, band="False"))["series"][0]["low"] is None


def test_scenes_are_marked_and_have_their_figures(store: Store, studio: Studio) -> None:
    finished(studio)
    page = open_page(store)
    assert [m["label"] for m in drawn(page)["markers"]] == ["opening", "the joke", "logo"]
    scenes = table_of(page, "scene").set_index(["scene", "emotion"])
    joke: Any = scenes.loc[("the joke", "Happiness")]
    expected = of(hall(), Selection(start=20, end=27))
    assert joke["average"] == pytest.approx(100 * sum(expected) / len(expected))
    assert (joke["from"], joke["to"], joke["n"]) == ("0:20", "0:27", 24)
    assert "logo" not in scenes.index.get_level_values("scene")


def test_a_strip_is_of_all_viewers_by_what_is_chosen(store: Store, studio: Studio) -> None:
    finished(studio)
    strip = drawn(open_page(store, split="cameras", ages="18-24"))["strip"]
    assert strip["heading"] == "Happiness by camera"
    left, right = strip["rows"]
    assert (left["name"], right["name"]) == CAMERAS
    assert left["values"][40:48] == [None] * 8
    assert right["values"][21] == pytest.approx(
        of(hall(), Selection(cameras=("right",), start=21, end=22))[0], abs=1e-3
    )


def test_segments_have_averages_with_intervals(store: Store, studio: Studio) -> None:
    finished(studio)
    table = table_of(open_page(store, split="ages"), "segment").set_index(["segment", "emotion"])
    young: Any = table.loc[("18-24", "Happiness")]
    older: Any = table.loc[("35-44", "Happiness")]
    assert young["average"] > older["average"]
    assert (young["n"], older["n"]) == (8, 8)
    assert young["interval"].endswith("%")


def test_a_norm_is_told_from_ten_screenings_on(store: Store, studio: Studio) -> None:
    finished(studio)
    assert "No norm yet: 0 of 10 comparable screenings." in words(open_page(store))
    for number in range(10):
        studio.finished(f"past-{number}", hall()[:50])
    said = words(open_page(store, screening="spring-a"))
    assert "No norm yet" not in said
    assert "percentile (median " in said
    assert "Among 10 recorded screenings, 46 to 90 s, mini-xception" in said
    assert "percentile" not in words(open_page(store, screening="spring-a", ages="18-24"))


def test_markers_of_another_hand_are_shown_as_text(store: Store, studio: Studio) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    studio.finished("spring-a", film(), markers=SCENES + f"30000,40000,{hostile},scene\n")
    page = open_page(store)
    assert hostile in table_of(page, "scene")["scene"].tolist()


def test_scenes_that_make_no_sense_leave_the_trace(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film(), markers=SCENES + "soon,later,end,scene\n")
    page = open_page(store)
    assert titles(page) == ["The scenes of this screening can't be read"]
    assert "markers:5" in words(page)
    assert drawn(page)["markers"] == [] and page.metric


def test_another_screening_forgets_who_was_chosen_of_the_last(store: Store, studio: Studio) -> None:
    finished(studio)
    studio.finished("spring-b", film())
    page = open_page(store, screening="spring-a", cameras="left", start="5", smooth="3")
    page.selectbox[0].select("spring-b").run()
    assert {**page.query_params} == {"screening": "spring-b", "smooth": "3"}


def test_viewers_without_seats_can_still_be_told_by_camera(store: Store, studio: Studio) -> None:
    rows = [
        replace(row, people=tuple(replace(person, zone="") for person in row.people))
        for row in hall(9)
    ]
    finished(studio, rows)
    assert [box.key for box in open_page(store).checkbox if str(box.key).startswith("zones")] == []
