"""The real page in a real browser: it draws, stays silent, and asks nobody outside for anything."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.dashboard.made_screening import film, ledger_of, row
from tests.dashboard.served import Served, served_studio

CHART = "[data-testid='stVegaLiteChart'] :is(canvas, svg)"
TRACE = ".trace .u-over"
OURS = {"127.0.0.1", None}
"""Hosts the page may ask; `data:` and `blob:` have none."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_studio(tmp_path_factory.mktemp("data")) as served:
        served.studio.finished("spring-b", film())
        served.studio.finished("spring-a", film())
        yield served


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page whose errors and requests to the outside fail the test at its end."""
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 1400})
    opened = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda m: errors.append(m.text) if is_ours(m) else None)
    opened.on("request", lambda r: asked.append(r.url))
    yield opened
    context.close()
    assert errors == []
    assert [url for url in asked if urlsplit(url).hostname not in OURS] == []


def is_ours(message: ConsoleMessage) -> bool:
    """Say whether a message tells of an error; Streamlit looks for its server below a page's path.

    What it does not find there it finds a level higher.
    """
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def test_a_deep_link_draws_its_screening(page: Page, tmp_path: Path) -> None:
    page.goto("/screening?screening=spring-a&emotions=happy,sad")
    page.locator(TRACE).wait_for()
    page.get_by_text("One picture, with viewers and coverage").click()
    page.wait_for_selector(CHART)
    assert page.title() == "moodtrace"
    assert page.locator("h1").inner_text() == "spring"
    pills = page.get_by_test_id("stButtonGroup").first
    assert pills.locator("[aria-pressed=true], [aria-checked=true]").all_inner_texts() == [
        "Happiness",
        "Sadness",
    ]
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_a_click_on_an_emotion_changes_the_link(page: Page) -> None:
    page.goto("/screening?emotions=happy,sad")
    page.locator(TRACE).wait_for()
    page.get_by_text("Sadness", exact=True).first.click()
    page.wait_for_url(re.compile("emotions=happy(&|$)"))
    assert "screening=spring-" in page.url


def test_a_running_screening_grows_by_itself(page: Page, served: Served) -> None:
    writer = served.studio.running("shown", film(12))
    page.goto("/screening?screening=shown")
    page.get_by_text("0:12 of content").wait_for()
    writer.append([row(12)], ledger_of(film(13)))
    page.get_by_text("0:13 of content").wait_for()
    writer.update(replace(served.store.screening("shown"), state="finished"))
    page.get_by_text("Finished").wait_for()


def test_markup_in_a_link_is_text(page: Page) -> None:
    page.goto("/screening?screening=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    page.get_by_text("<img src=x onerror=alert(1)>").wait_for()
    assert page.locator("img[src=x]").count() == 0
