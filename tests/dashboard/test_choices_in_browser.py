"""The screening's page in a real browser: choices and their link, keys, strip, live refresh."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browsing import settled
from tests.dashboard.made_screening import hall, ledger_of, row
from tests.dashboard.served import Served, served_studio

SCENES = "start_ms,end_ms,label,kind\n20000,27000,the joke,scene\n"


@pytest.fixture(scope="module")
def served(
    footage: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(footage("audience_cut_a.mp4"), folder / "film.mp4")
    with served_studio(folder / "data", MOODTRACE_MEDIA_DIR=str(folder)) as served:
        served.studio.finished("hall", hall(), k=5, media="film.mp4", markers=SCENES)
        yield served


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 1400})
    yield context.new_page()
    context.close()


def opened(page: Page, link: str) -> Page:
    page.goto(f"/screening?screening={link}")
    page.locator(".trace .u-over").wait_for()
    return page


def test_what_is_chosen_is_the_same_for_whoever_has_the_link(page: Page) -> None:
    opened(page, "hall")
    page.get_by_text("Viewers: all").click()
    page.get_by_text("18-24 · 8").click()
    page.wait_for_url(re.compile("ages=18-24"))
    page.get_by_role("radio", name="5 s").click()
    page.wait_for_url(re.compile("smooth=5"))
    expect(page.locator(".player .heading").first).to_contain_text("averaged over 5 s")
    peak = page.locator("[data-testid=stMetricValue]").first.inner_text()

    colleague = opened(page.context.new_page(), page.url.partition("screening=")[2])
    expect(colleague.get_by_text("Viewers: 18-24 · averaged over 5 s")).to_be_visible()
    expect(colleague.locator(".player .heading").first).to_contain_text("averaged over 5 s")
    expect(colleague.locator("[data-testid=stMetricValue]").first).to_have_text(peak)


def test_viewers_are_chosen_without_a_mouse(page: Page) -> None:
    opened(page, "hall&emotions=happy")
    page.get_by_role("checkbox", name="Neutral").or_(
        page.get_by_role("button", name="Neutral")
    ).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="18-24").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("ages=18-24"))
    expect(page.get_by_role("checkbox", name="left")).to_be_disabled()


def test_from_the_list_to_a_file_without_a_mouse(page: Page) -> None:
    page.goto("/?")
    page.get_by_role("heading", name="Screenings").wait_for()
    tab_to(page, "a", "Screening")
    page.keyboard.press("Enter")
    page.locator(".trace .u-over").wait_for()
    settled(page)

    tab_to(page, "summary", "Viewers: all")
    page.keyboard.press("Enter")
    tab_to(page, "input", "25-34 · 8")
    page.keyboard.press("Space")
    page.wait_for_url(re.compile("ages=25-34"))
    settled(page)
    tab_to(page, "summary", "Export")
    page.keyboard.press("Enter")
    tab_to(page, "button", "CSV: a line per second")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith("-screening.csv")
    tab_to(page, ".player", "")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url(re.compile(r"at=5\.0"))


FOCUSED = """([kind, words]) => {
  let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e.matches(kind) && `${e.ariaLabel} ${e.textContent}`.includes(words);
}"""
MOST_TABS = 60


def tab_to(page: Page, kind: str, words: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED, [kind, words]):
            return
    raise AssertionError(f"the Tab key does not get to {words or kind}")


def test_the_strip_has_the_colours_of_its_segments_and_seeks(page: Page) -> None:
    opened(page, "hall&split=cameras")
    expect(page.locator(".scale")).to_contain_text("Happiness by camera")
    strip = page.locator(".strip canvas")
    expect(strip).to_have_attribute("aria-label", re.compile(r"left: highest \d+% at 0:2\d"))
    colours = """c => {
      const {width, height} = c;
      const pixels = c.getContext('2d').getImageData(0, height * 0.25, width, 1).data;
      const found = new Set();
      for (let i = 0; i < pixels.length; i += 4) found.add(pixels.slice(i, i + 3).join());
      return found.size;
    }"""
    assert strip.evaluate(colours) > 5
    over = page.locator(".strip .over").bounding_box()
    assert over is not None
    page.mouse.click(over["x"] + over["width"] * 21.5 / 60, over["y"] + 5)
    page.wait_for_url(re.compile(r"at=21\.[456]"))


def test_new_seconds_do_not_stop_the_content(page: Page, served: Served) -> None:
    writer = served.studio.running("live", [row(t) for t in range(20)])
    writer.update(replace(served.store.screening("live"), media="film.mp4"))
    opened(page, "live")
    video = page.locator("video")
    video.evaluate(
        """v => {
          v.muted = true; window.times = []; window.stops = 0;
          v.addEventListener('pause', () => { window.stops += 1; });
          v.addEventListener('timeupdate', () => window.times.push(v.currentTime));
          return v.play();
        }"""
    )
    for second in range(20, 23):
        writer.append([row(second)], ledger_of([row(t) for t in range(second + 1)]))
        page.get_by_text(f"0:{second + 1} of content").wait_for()
    times = page.evaluate("window.times")
    assert page.evaluate("window.stops") == 0
    assert times == sorted(times)
    assert times[-1] > 3
    assert "at=" not in page.url
