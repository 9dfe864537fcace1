"""Every page in a real browser: for every eye, and on every screen."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboard.access import Right
from dashboard.navigation import PAGES
from moodtrace.store import Store
from tests.dashboard import made_house
from tests.dashboard.browsing import THEMES, opened, settled, shown_in, turned_to
from tests.dashboard.served import served_studio

RIGHTS: Final = [right for right, *_ in PAGES]
WIDTH, PHONE_WIDTH, HEIGHT = 1280, 390, 3000
"""So high that all of a page is in view: what is not, axe leaves out."""
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""WCAG 2.2 at its levels A and AA."""
OF_THEMES: Final = ["color-contrast"]
"""What may be another one in the dark."""
PLATFORM: Final = {"color-contrast": ("[data-testid=stMultiSelect] [data-tag]",)}
"""What Streamlit makes so and leaves nobody to change.

It writes what is chosen in a box in white on the theme's colour, and a chosen pill in that colour
on the page's. No colour has a contrast of 4.5 with both in the dark; ours has it with the page, and
3.5 with white.
"""


class Served(NamedTuple):
    """A window with a page, and the store behind it."""

    page: Page
    store: Store


@pytest.fixture(scope="module")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_studio(tmp_path_factory.mktemp("house")) as house:
        made_house.fill(house.store, house.studio)
        context = browser.new_context(
            base_url=house.url, viewport={"width": WIDTH, "height": HEIGHT}
        )
        page = context.new_page()
        opened(page, "help")
        yield Served(page, house.store)
        context.close()


@pytest.mark.parametrize("right", RIGHTS)
def test_a_page_hinders_nobody_in_light_in_dark_and_on_a_telephone(
    right: Right, served: Served
) -> None:
    page = served.page
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    made_house.report(served.store)
    found = {}
    for theme in THEMES:
        shown_in(page, theme)
        if theme == "light":
            turned_to(page, right, made_house.LINKS[right])
        found[theme] = hindrances(page, OF_THEMES if theme == "dark" else RULES)
    page.set_viewport_size({"width": PHONE_WIDTH, "height": HEIGHT})
    settled(page)

    assert found == {"light": [], "dark": []}
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE_WIDTH


def hindrances(page: Page, rules: Sequence[str]) -> list[str]:
    """Return what hinders people seriously, and is of our making."""
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    return [
        f"{found['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for found in Axe().run(page, options=options).response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
        if not is_platform(page, found["id"], node["target"][0])
    ]


def is_platform(page: Page, rule: str, target: str) -> bool:
    """Say whether a finding is one of those that Streamlit makes so."""
    return any(
        page.locator(target).evaluate("(e, known) => e.closest(known) !== null", known)
        for known in PLATFORM.get(rule, ())
    )
