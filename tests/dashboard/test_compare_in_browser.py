"""What is taken from the comparison in a real browser is what is on its screen."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.served import served_studio
from tests.dashboard.test_page_compare import cut


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_studio(tmp_path_factory.mktemp("served")) as served:
        served.studio.finished("cut a", cut(1))
        served.studio.finished("-cut b", cut(2, lift=0.5))
        yield served.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 2400})
    yield context.new_page()
    context.close()


def opened(page: Page, link: str) -> Page:
    page.goto(f"/compare?{link}")
    page.get_by_text("In one of").wait_for()  # comes last
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page


def taken(page: Page, key: str) -> bytes:
    """The file that a button gives."""
    with page.expect_download() as download:
        page.locator(f".st-key-download-{key}").get_by_role("button").click()
    return Path(download.value.path()).read_bytes()


def on_screen(page: Page, heading: str) -> list[list[str]]:
    """The cells of the table with such a column, as screen readers are told of what is drawn."""
    lines = page.locator("table[role=grid]").filter(has_text=heading).locator("tbody tr")
    lines.first.wait_for(state="attached")
    cells = "lines => lines.map(line => [...line.querySelectorAll('td')].map(c => c.textContent))"
    found: list[list[str]] = lines.evaluate_all(cells)
    return found


def test_the_csv_of_differences_is_the_table_on_the_screen(page: Page) -> None:
    opened(page, "screening=cut a&others=-cut b&emotions=happy,neutral&start=2")

    names, *lines = csv.reader(taken(page, "differences-csv").decode().splitlines())
    shown = on_screen(page, "Hedges' g")

    assert len(lines) >= 3
    assert names[0] == "screening"
    assert [line[0] for line in lines] == ["'-cut b"] * len(lines)  # a spreadsheet must not run it
    assert [[line[0].removeprefix("'"), *line[1:]] for line in lines] == shown


def test_pictures_are_made_on_the_click(page: Page) -> None:
    opened(page, "screening=cut a&others=-cut b&start=2&smooth=3")
    drawn = taken(page, "difference-happy-1-svg").decode()
    assert "Happiness: -cut b less cut a" in drawn
    assert "Only from 0:02 to 0:24 of cut a; averaged over 3 s" in drawn
    assert "Curves are averaged over 3 s." in drawn
    assert taken(page, "overlay-happy-png").startswith(b"\x89PNG")
