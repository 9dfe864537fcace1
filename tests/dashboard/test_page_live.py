"""The page of what is being shown now, over a real server."""

import time

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser

from dashboard.queries_live import REFRESH_S, STALE_S, TAIL_S
from moodtrace.cameras import CameraStatus
from moodtrace.clock import wall_ms
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from moodtrace.timeline import Row, gap
from tests.dashboard.made_screening import Studio, row
from tests.dashboard.opened import metrics, opened, titles, words
from tests.dashboard.served import free_port, served_page
from tests.factories import row as row_of
from tests.factories import screening, viewer


def test_nothing_shown_says_how_to_begin(store: Store) -> None:
    page = opened("live", store, "viewer")
    assert titles(page) == ["Nothing is being shown now"]
    assert "moodtrace screening start" in page.code[0].value


def test_the_newest_second_is_told_with_its_tail(store: Store, studio: Studio) -> None:
    happy = [viewer("happy", number=n) for n in range(4)]
    studio.live("s1", [row_of(t, *happy, viewer("sad")) for t in range(20)], k=5)
    store.cameras.report([CameraStatus(name="front", state="stalled", since_ms=1)])
    page = opened("live", store, "viewer")
    found = metrics(page)
    assert (found["In view"], found["Happiness"], found["Sadness"]) == ("5", "80%", "20%")
    assert "front: Went silent" in words(page)
    assert len(page.dataframe[0].value) == 20
    alts = [chart.proto.alt for chart in page.get("vega_lite_chart")]
    assert "Happiness: now 80%, at most 80%." in alts[0]
    assert not titles(page)


@pytest.mark.parametrize("number", range(1, 7))
def test_emotions_are_shown_from_k_viewers_on(number: int, store: Store, studio: Studio) -> None:
    before = row_of(0, *[viewer() for _ in range(9)])
    studio.live("s1", [before, row_of(1, *[viewer() for _ in range(number)])], k=5)
    page = opened("live", store, "viewer")
    if number >= 5:
        assert metrics(page)["Happiness"] == "100%"
    else:
        assert titles(page) == ["Audience too small"]
        assert not page.metric
        assert not page.dataframe
        assert not page.get("vega_lite_chart")
        assert "Fewer than 5 viewers" in words(page)
        assert f"{number} viewer" not in words(page)


def test_a_second_below_k_within_the_tail_has_no_figure(store: Store, studio: Studio) -> None:
    sizes = [6, 4, 6]
    rows = [row_of(t, *[viewer() for _ in range(n)]) for t, n in enumerate(sizes)]
    studio.live("s1", [*rows, gap(3, "camera_down"), replace(rows[0], second=4)], k=5)
    page = opened("live", store)
    table = page.dataframe[0].value.set_index("time")
    assert table.loc["0:01", ["viewers", "valence", "share_happy"]].isna().all()
    assert table.loc["0:01", "note"] == "withheld: fewer than 5 viewers"
    assert "1 s without data; 1 s withheld" in words(page)


def test_nobody_in_view_is_not_too_few(store: Store, studio: Studio) -> None:
    studio.live("s1", [Row(second=0, frames=5, cameras=1)], k=5)
    assert titles(opened("live", store)) == ["Nobody is in view now"]


def test_a_gap_says_why(store: Store, studio: Studio) -> None:
    studio.live("s1", [gap(0, "camera_down")])
    page = opened("live", store)
    assert titles(page) == ["No data in the newest second"]
    assert "The camera was down" in words(page)


def test_rows_that_stop_coming_are_said_to_be_stale(store: Store, studio: Studio) -> None:
    behind_ms = int(1000 * (STALE_S + 3))
    studio.live("s1", [row(0)], started_ms=wall_ms() - 1000 - behind_ms)
    page = opened("live", store)
    assert titles(page) == ["Stale: no news for a while"]
    assert metrics(page)["In view"] == "110"

    store.live.act("s1", PlayEvent(kind="pause", at_ms=wall_ms() - 500))
    page = opened("live", store)
    assert not titles(page)
    assert "Content paused" in words(page)


def test_a_replay_that_stands_still_is_stale_after_a_while(
    store: Store, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.running("s1", [row(0)])
    page = opened("live", store)
    assert not titles(page)
    monkeypatch.setattr("dashboard.page_live.STALE_S", 0.0)
    assert titles(page.run()) == ["Stale: no news for a while"]


def test_a_page_that_is_paused_says_so(store: Store, studio: Studio) -> None:
    studio.live("s1", [row(0)])
    page = opened("live", store)
    page.toggle(key="live_paused").set_value(True).run()
    assert "This page is paused" in words(page)


def test_only_the_tail_is_read(store: Store, studio: Studio) -> None:
    studio.live("s1", [row(t) for t in range(TAIL_S + 50)])
    store._client.delete("{s1}:row:0")
    table = opened("live", store).dataframe[0].value
    assert len(table) == TAIL_S
    assert table["time"].iloc[-1] == "0:50"


def test_going_back_is_followed_to_the_next_viewing(store: Store, studio: Studio) -> None:
    studio.live("s1", [row(t) for t in range(9)])
    store.live.act("s1", PlayEvent(kind="seek", at_ms=wall_ms() - 5000, to_ms=0))
    second = store.live.open_viewing("s1", 2)
    with store.claim(second, "run-2") as writer:
        writer.begin(store.screening(second), {}, fresh=True)
        writer.append([row(0, happy=50)], {})
    page = opened("live", store)
    assert metrics(page)["Happiness"] == "50%"
    assert "viewing 2" in words(page)


def test_the_audience_that_is_wanted_is_chosen(store: Store, studio: Studio) -> None:
    studio.live("s1", [row(0)])
    other = replace(screening("s2"), live=True, audience="hall")
    store.live.start(other, [])
    page = opened("live", store, screening="s1")
    assert page.selectbox[0].value == "s1"
    assert set(page.selectbox[0].options) == {"spring · panel", "spring · hall"}


def test_an_open_page_says_within_two_refreshes_that_nothing_comes_any_more(
    browser: Browser, valkey: str, studio: Studio
) -> None:
    with served_page(valkey, free_port(), {}) as url:
        page = browser.new_page(base_url=url)
        began_s = time.time() - 3
        studio.live("s1", [row(0)], started_ms=int(1000 * began_s))
        page.goto("/live")
        page.get_by_text("Stale: no news").wait_for(timeout=20_000)
        late_s = time.time() - began_s - 1 - STALE_S
        page.close()
    assert 0 <= late_s < 2 * REFRESH_S
