"""What tests do in a browser, with pages that Streamlit draws piece by piece."""

from typing import Final, Literal, get_args

from playwright.sync_api import Page

from dashboard.access import Right

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)

HEADED: Final = "[data-testid=stMain] :is(h1, h2, [data-testid=stAlert])"
AT_REST: Final = "[data-testid=stApp][data-test-script-state=notRunning]"
TURN: Final = """path => {
  history.pushState({}, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}"""
TOLD_MS: Final = 150
"""After this time the server has begun with another page."""
QUIET: Final = """new Promise(done => {
  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(settle, 150); };
  const watch = new MutationObserver(wait);
  const settle = () => { watch.disconnect(); done(); };
  wait();
  watch.observe(document.body, {subtree: true, childList: true, characterData: true});
})"""
"""Comes true once nothing has changed for a while."""


def opened(page: Page, right: Right, query: str = "") -> None:
    """Open a page and wait until it is drawn."""
    page.goto(path_of(right, query))
    page.locator(HEADED).first.wait_for()
    settled(page)


def turned_to(page: Page, right: Right, query: str = "") -> None:
    """Show another page in a window that is open, as Back and Forward do: in half of the time."""
    page.evaluate(TURN, path_of(right, query))
    page.wait_for_timeout(TOLD_MS)
    page.locator(HEADED).first.wait_for()
    settled(page)


def path_of(right: Right, query: str) -> str:
    """Return where a page is; the overview is where no page is named."""
    return f"/{'' if right == 'overview' else right}?{query}"


def settled(page: Page) -> None:
    """Wait until the script of a page has ended, and what it said is drawn."""
    page.locator(AT_REST).wait_for()
    page.evaluate(QUIET)


def shown_in(page: Page, theme: Theme) -> None:
    """Have a page follow the theme of the system."""
    page.emulate_media(color_scheme=theme)
    app = "document.querySelector('[data-testid=stApp]')"
    page.wait_for_function(f"getComputedStyle({app}).colorScheme === '{theme}'")
    settled(page)
