"""The page of what is kept and who may see it, over a real server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.runtime.caching import (
    get_data_cache_stats_provider,
    get_resource_cache_stats_provider,
)
from streamlit.runtime.stats import CacheStat

from dashboard.parts import allow_list
from dashboard.queries_privacy import time_left
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio, film
from tests.dashboard.opened import opened, titles, words

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def test_an_empty_store_has_nothing_to_delete(store: Store) -> None:
    page = opened("privacy", store)
    assert titles(page) == ["No screenings yet", "Timelines are kept for ever"]
    assert not page.button


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=12, hours=5), "12 days"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(minutes=90), "within the hour"),
        (timedelta(days=-3), "within the hour"),
    ],
)
def test_how_long_something_is_kept_is_said_in_round_words(left: timedelta, said: str) -> None:
    assert time_left(NOW + left, NOW) == said
    assert time_left(None, NOW) == "for ever"


def test_each_screening_says_when_it_goes_and_what_was_told(
    store: Store, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOODTRACE_RETENTION_DAYS", "36500")
    studio.finished("s1", film(3), notice="You are filmed.")
    studio.finished("s2", film(3))
    store._client.set("{s2}:screening", b'{"id": "s2", "new": 1}')
    page = opened("privacy", store)
    table = page.dataframe[0].value.set_index("id").to_dict("index")
    assert table["s1"]["notice"] == "You are filmed."
    assert table["s1"]["deleted"] - table["s1"]["started"] == timedelta(days=36500)
    assert table["s2"]["content"] == "can't be read: of another version"
    assert "36500 days from the start" in words(page)
    assert "Without a notice: 1." in words(page)


def test_a_screening_is_deleted_once_its_name_is_typed(store: Store, studio: Studio) -> None:
    studio.finished("s1", film(3))
    studio.finished("s2", film(3))
    before = store.rows("s2")
    page = opened("privacy", store)
    page.selectbox(key="delete-which").select("s1").run()
    assert page.button(key="delete").disabled
    page.text_input(key="delete-s1").input("s2").run()
    assert page.button(key="delete").disabled
    page.text_input(key="delete-s1").input("s1").run()
    page.button(key="delete").click().run()
    assert not page.exception
    assert "s1 and all its rows are deleted" in words(page)
    assert not store._client.keys("{s1}:*")
    assert store.rows("s2") == before


def test_the_page_keeps_nothing_in_memory_of_what_was_deleted(store: Store, studio: Studio) -> None:
    studio.finished("s1", film(3))
    opened("screening", store, screening="s1")
    assert kept_in_memory()
    page = opened("privacy", store)
    page.text_input(key="delete-s1").input("s1").run()
    page.button(key="delete").click().run()
    assert not page.exception
    assert kept_in_memory() == []


def kept_in_memory() -> list[str]:
    """Names of the caches that hold rows, or what comes of them."""
    providers = (get_data_cache_stats_provider(), get_resource_cache_stats_provider())
    return [
        stat.cache_name
        for provider in providers
        for stats in provider.get_stats().values()
        for stat in stats
        if isinstance(stat, CacheStat)
    ]


def test_one_that_is_shown_is_not_deleted_and_says_why(store: Store, studio: Studio) -> None:
    studio.live("s1", film(3))
    page = opened("privacy", store)
    page.text_input(key="delete-s1").input("s1").run()
    page.button(key="delete").click().run()
    assert "This screening is being shown" in titles(page)
    store.live.act("s1", PlayEvent(kind="stop", at_ms=0))
    page.button(key="delete").click().run()
    assert store.find("s1") is None


def test_kafka_is_told_first_and_one_that_is_away_keeps_all(
    store: Store, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.finished("s1", film(3))
    monkeypatch.setenv("MOODTRACE_KAFKA", "127.0.0.1:1")
    monkeypatch.setattr("moodtrace.deletion.TOLD_S", 0.5)
    page = opened("privacy", store)
    page.text_input(key="delete-s1").input("s1").run()
    page.button(key="delete").click().run()
    assert any("Kafka does not answer" in title for title in titles(page))
    assert store.find("s1") is not None


def test_who_may_see_what_is_as_it_was_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Only this machine can reach the page" in words(opened("privacy", store))
    path = tmp_path / "access.yaml"
    path.write_text("admin: [Ann@agency.example]\nviewer: ['@brand.example', ann@agency.example]\n")
    secret = tmp_path / "secret"
    secret.write_text("x")
    for name, value in {
        "URL": "https://page.example",
        "OIDC_URL": "https://id.example/.well-known/openid-configuration",
        "OIDC_CLIENT": "page",
        "OIDC_SECRET_FILE": str(secret),
        "ACCESS_FILE": str(path),
    }.items():
        monkeypatch.setenv(f"MOODTRACE_DASHBOARD_{name}", value)
    allow_list.cache_clear()
    users = opened("privacy", store).dataframe[0].value
    allow_list.cache_clear()
    assert users.to_numpy().tolist() == [
        ["@brand.example", "viewer"],
        ["ann@agency.example", "viewer, admin"],
    ]
