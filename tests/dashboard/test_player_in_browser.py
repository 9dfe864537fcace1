"""The content and its trace under one cursor, in a real browser."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.dashboard.made_screening import PEAK_SECOND, film
from tests.dashboard.served import served_studio

SECONDS = 60
PLACES = """v => {
  const root = v.getRootNode();
  const line = root.querySelector('.trace .cursor');
  const x = new DOMMatrix(getComputedStyle(line).transform).m41;
  return [v.currentTime, x / root.querySelector('.u-over').clientWidth];
}"""


class Shown(NamedTuple):
    """An open page, and what it told the server."""

    page: Page
    sent: list[str | bytes]

    @property
    def video(self) -> Locator:
        return self.page.locator("video")

    def apart_s(self) -> float:
        """By how much the cursor is elsewhere than the content, in seconds."""
        time_s, share = self.video.evaluate(PLACES)
        return abs(float(time_s) - float(share) * SECONDS)

    def point(self, second: float) -> tuple[float, float]:
        """Where a second is on the screen."""
        box = self.page.locator(".trace .u-over").bounding_box()
        assert box is not None
        return box["x"] + box["width"] * second / SECONDS, box["y"] + 100


@pytest.fixture(scope="module")
def url(footage: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("played")
    shutil.copy(footage("audience_cut_a.mp4"), folder / "film.mp4")
    with served_studio(folder / "data", MOODTRACE_MEDIA_DIR=str(folder)) as served:
        served.studio.finished("spring-a", film(SECONDS), media="film.mp4")
        yield served.url


@pytest.fixture
def shown(browser: Browser, url: str) -> Iterator[Shown]:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    sent: list[str | bytes] = []
    told = lambda frame: sent.append(frame)  # noqa: E731  # the driver wants Python's own
    page.on("websocket", lambda socket: socket.on("framesent", told))
    page.goto("/screening?screening=spring-a")
    page.locator(".trace .u-over").wait_for()
    page.wait_for_timeout(1000)  # until Streamlit has said all that it says at the start
    yield Shown(page, sent)
    context.close()


def test_the_cursor_keeps_up_and_the_server_hears_nothing_while_it_plays(shown: Shown) -> None:
    shown.video.evaluate("v => { v.muted = true; return v.play(); }")
    shown.sent.clear()
    apart = []
    for _ in range(10):
        shown.page.wait_for_timeout(300)
        apart.append(shown.apart_s())
    assert shown.video.evaluate("v => v.currentTime") > 1.5
    assert sorted(apart)[-2] <= 0.1, apart  # one look may fall between two pictures
    assert shown.sent == []
    shown.video.evaluate("v => v.pause()")
    shown.page.wait_for_url("**at=*")
    assert len(shown.sent) == 1


def test_a_click_on_the_trace_seeks_the_content_and_the_link_says_so(shown: Shown) -> None:
    shown.page.mouse.click(*shown.point(PEAK_SECOND + 0.1))
    shown.page.wait_for_url(f"**at={PEAK_SECOND}.*")
    assert abs(shown.video.evaluate("v => v.currentTime") - PEAK_SECOND - 0.1) <= 0.1
    assert "Happiness 41%" in shown.page.locator(".reading").inner_text()


def test_keys_do_what_the_mouse_does(shown: Shown) -> None:
    shown.page.locator(".player").focus()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "ArrowLeft", "."):
        shown.page.keyboard.press(key)
    shown.page.wait_for_url("**at=9.0")
    assert abs(shown.video.evaluate("v => v.currentTime") - 9.04) <= 0.05


def test_a_range_that_is_drawn_is_shown_alone_and_can_be_left(shown: Shown) -> None:
    mouse = shown.page.mouse
    mouse.move(*shown.point(12.5))
    mouse.down()
    mouse.move(*shown.point(29.5), steps=5)
    mouse.up()
    shown.page.wait_for_url("**start=12&end=30*")
    shown.page.get_by_role("button", name="Show the whole content").click()
    shown.page.wait_for_url(lambda url: "start" not in url)


def test_the_content_goes_to_who_may_see_it_alone(shown: Shown) -> None:
    link = shown.video.get_attribute("src")
    assert link is not None
    part = shown.page.request.get(link, headers={"Range": "bytes=0-99"})
    assert (part.status, len(part.body())) == (206, 100)
    assert shown.page.request.get(link[:-4] + "AAAA").status == 403
