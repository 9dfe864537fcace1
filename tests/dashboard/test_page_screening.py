"""The page of one screening in every state, over a real server."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pandas as pd
import pytest
import redis
from msgspec.structs import replace
from streamlit.testing.v1 import AppTest

from moodtrace.screening import Screening
from moodtrace.store import Store
from moodtrace.timeline import Row, gap
from tests import factories
from tests.dashboard.made_screening import Studio, film, row
from tests.dashboard.opened import opened, titles, words
from tests.factories import viewer

DASH = "\N{EN DASH}"


def open_page(store: Store, unfolded: Sequence[str] = (), **link: str) -> AppTest:
    """Open the page of a link."""
    return opened("screening", store, unfolded=unfolded, **link)


def table_of(page: AppTest, column: str) -> pd.DataFrame:
    """The first table with a column of this name."""
    return next(table.value for table in page.dataframe if column in table.value)


def test_an_empty_store_says_how_to_make_a_screening(store: Store) -> None:
    page = open_page(store)
    assert titles(page) == ["No screenings yet"]
    assert "moodtrace demo" in page.code[0].value
    assert "moodtrace replay FILE --screening ID" in page.code[0].value


def test_a_screening_shows_its_figures_and_its_origin(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    page = open_page(store, screening="spring-a")
    assert page.title[0].value == "spring"
    assert [(m.label, m.value, m.delta) for m in page.metric] == [
        ("Peak happiness", "41%", f"32{DASH}51%"),
        ("Average happiness", "11%", f"5{DASH}17%"),
        ("Valence", "-0.02", "-0.06 to +0.02"),
        ("Attention", "80%", f"72{DASH}88%"),
        ("Face coverage", "91%", f"85{DASH}96%"),
    ]
    assert page.metric[0].proto.delta_description == "at 0:23"
    assert "n = 100  ·  k = 1  ·  unit: viewer  ·  1:00 of content" in words(page)
    for origin in (
        "yunet",
        "mini-xception",
        "00000000",
        "5 frames/s",
        "Inferred expression, not felt",
    ):
        assert origin in words(page)
    assert not titles(page)


def test_the_chart_is_described_in_words(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    chart = open_page(store, ["picture"]).get("vega_lite_chart")[0]
    assert "Happiness: peak 41% at 0:23, average 11%." in chart.proto.alt
    assert "4 s without data." in chart.proto.alt


def test_the_table_says_the_same_as_the_chart(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    table = table_of(open_page(store, ["seconds"]), "time").set_index("time")
    assert table.loc["0:23", "share_happy"] == 0.41
    assert table.loc["0:31", "note"] == "no data: the camera was down"
    assert table.loc["0:31"].isna().sum() == 5


def test_an_unknown_screening_in_the_link_falls_back_on_the_newest(
    store: Store, studio: Studio
) -> None:
    studio.finished("spring-a", film())
    page = open_page(store, screening="<img src=x onerror=alert(1)>")
    assert titles(page) == ["The link has parts that mean nothing here"]
    assert page.selectbox[0].value == "spring-a"
    assert page.metric


def test_choosing_a_screening_changes_the_link(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    studio.finished("spring-b", film())
    page = open_page(store, screening="spring-a")
    page.selectbox[0].select("spring-b").run()
    assert page.query_params["screening"] == "spring-b"


def test_emotions_come_from_the_link_and_go_back_into_it(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    page = open_page(store, emotions="sad,neutral")
    assert page.button_group[0].value == ["sad", "neutral"]
    page.button_group[0].set_value(["sad"]).run()
    assert page.query_params["emotions"] == "sad"
    page.button_group[0].set_value([]).run()
    assert titles(page) == ["No emotion chosen"]


def test_a_baseline_is_taken_off_by_choice_and_by_link(store: Store, studio: Studio) -> None:
    sad = replace(viewer("sad"), emotion=(0, 0, 0, 0, 500, 0, 500), showing=(4,))
    studio.finished("spring-a", [factories.row(t, sad) for t in range(9)])
    page = open_page(store, ["seconds"], emotions="sad,neutral")
    assert table_of(page, "share_sad")["share_sad"].tolist() == [1] * 9
    assert "With it" not in words(page)

    page.selectbox[1].select("first").run()
    assert page.query_params["baseline"] == "first"
    linked = open_page(store, ["seconds"], baseline="first", emotions="sad,neutral")
    for shown in (page, linked):
        assert table_of(shown, "share_sad")["share_sad"].tolist() == [0] * 9
        assert "Baseline: each viewer's first 5 s. With it, 100% of viewer-seconds" in words(shown)


def test_an_unknown_baseline_in_the_link_takes_nothing_off(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    page = open_page(store, baseline="**mean**")
    assert titles(page) == ["The link has parts that mean nothing here"]
    assert page.selectbox[1].value == "none"


def test_a_deleted_screening_in_the_link_falls_back_on_the_newest(
    store: Store, studio: Studio
) -> None:
    studio.finished("spring-a", film())
    page = open_page(store, screening="spring-z")
    assert titles(page) == ["The link names an unknown screening"]
    assert page.selectbox[0].value == "spring-a"


def test_unknown_emotions_in_the_link_are_named_and_left_out(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", film())
    page = open_page(store, emotions="happy,**joy**")
    assert page.button_group[0].value == ["happy", "sad"]
    assert r"\*\*joy\*\*" in page.warning[0].value


def test_a_screening_without_emotions_to_tell_begins_with_neutral(
    store: Store, studio: Studio
) -> None:
    studio.finished("spring-a", [row(t, happy=0, sad=0) for t in range(5)])
    assert open_page(store).button_group[0].value == ["neutral"]


def test_nothing_but_gaps_says_so(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", [gap(t, "no_frames") for t in range(9)], problem="truncated")
    page = open_page(store, ["picture"])
    assert titles(page) == ["No data in any of the 9 seconds", "front: front\\.mp4"]
    assert not page.get("vega_lite_chart")
    assert table_of(page, "Reasons").loc[0, "Reasons"] == "corrupt: 2"


def test_groups_smaller_than_k_are_never_shown(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", [row(t, happy=1, sad=1, usable=4) for t in range(9)], k=5)
    page = open_page(store, ["picture"])
    assert titles(page) == ["Withheld: fewer than 5 viewers in every second"]
    assert not page.get("vega_lite_chart")
    assert "n = 0" in words(page)


def test_a_second_under_k_shows_no_figure_among_others_that_do(
    store: Store, studio: Studio
) -> None:
    studio.finished(
        "spring-a", [row(t, happy=1, sad=1, usable=4 if t == 2 else 9) for t in range(9)], k=5
    )
    page = open_page(store, ["seconds"])
    table = table_of(page, "note")
    assert table.loc[2, "note"] == "withheld: fewer than 5 viewers"
    assert table.loc[2, ["viewers", "faces", "coverage", "share_happy"]].isna().all()
    assert "Grey: withheld: fewer than 5 viewers (1 s)" in words(page)


def test_footage_without_faces_says_so(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", [Row(second=t, frames=5, cameras=1) for t in range(9)])
    assert titles(open_page(store)) == ["No faces seen"]


def test_faces_that_are_all_unusable_are_told_from_none(store: Store, studio: Studio) -> None:
    dark = Row(second=0, faces=9, viewers=3, excluded={"too_dark": 2, "turned_away": 1})
    studio.finished("spring-a", [dark, replace(dark, second=1)])
    page = open_page(store)
    assert titles(page) == ["No usable faces"]
    assert "18 faces were seen, none of them usable" in words(page)
    assert "too dark in 4 s, turned away in 2 s" in words(page)
    assert "Try: light the audience" in words(page)


def test_faces_that_only_flicker_are_no_viewers(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", [Row(second=t, frames=5, cameras=1, faces=3) for t in range(9)])
    page = open_page(store)
    assert titles(page) == ["No usable faces"]
    assert "none of them for long enough" in words(page)


def test_a_running_screening_says_that_it_refreshes_itself(store: Store, studio: Studio) -> None:
    studio.running("spring-a", film(12))
    assert "refreshes itself every 2 s" in words(open_page(store))


def test_a_running_screening_without_a_row_asks_to_wait(store: Store, studio: Studio) -> None:
    studio.running("spring-a", [])
    assert titles(open_page(store)) == ["No second is complete yet"]


def test_a_store_that_is_away_is_said_and_found_again(valkey: str, tmp_path: Path) -> None:
    door = tmp_path / "s"
    with closing(Store(f"unix://{door}")) as store:
        page = open_page(store)
        assert titles(page) == ["The store does not answer"]
        assert f"Where: unix://{door}" in words(page)
        door.symlink_to(valkey.removeprefix("unix://"))
        page.button[0].click().run()
        assert titles(page) == ["No screenings yet"]


@pytest.mark.parametrize("hostile", ["<img src=x onerror=alert(1)>", "**a** [b](http://c)", "$x$"])
def test_names_put_into_the_store_by_hand_are_text(
    store: Store, valkey: str, studio: Studio, hostile: str
) -> None:
    screening = studio.finished("spring-a", film())
    forged: Screening = msgspec.structs.replace(screening, content=hostile, detector=hostile)
    with redis.Redis.from_url(valkey) as client:
        client.set("{spring-a}:screening", msgspec.json.encode(forged))
    page = open_page(store)
    unescaped = page.title[0].value.replace("\\", "").replace("\N{WORD JOINER}", "")
    assert unescaped == hostile
    for mark in "<*[$":
        assert page.title[0].value.count(mark) == page.title[0].value.count(f"\\{mark}")
        assert page.caption[-1].value.split("felt")[0].count(f"\\{mark}") == hostile.count(mark)
