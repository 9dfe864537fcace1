"""Whatever a link says of a page, the page shows, and the link stays as it is."""

import time
from collections.abc import Iterator
from random import Random
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.controls import SMOOTHING_WORDS, SPLIT_WORDS
from dashboard.link import Link, written
from moodtrace.clock import playhead
from moodtrace.labels import BASELINES, EMOTION_NAMES, EMOTIONS
from moodtrace.selection import SMOOTHINGS_S, SPLITS
from tests.dashboard.browsing import opened
from tests.dashboard.made_screening import hall
from tests.dashboard.served import served_studio

LENGTH_S: Final = 60
AGES: Final = ("18-24", "25-34", "35-44")
CAMERAS: Final = ("left", "right")
ZONES: Final = ("back row", "front row")
STATE: Final = """() => {
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  const choices = all("[data-testid=stExpander]").find(e => e.textContent.includes("Viewers:"));
  const player = all(".stBidiComponent, [data-testid=stBidiComponentRegular]")
    .flatMap(e => [e, ...all("*", e)]).find(e => e.shadowRoot)?.shadowRoot ?? document;
  const words = e => e.textContent.trim();
  return {
    screening: all("[data-testid=stMain] [role=combobox]")[0].value,
    emotions: all("[data-variant=pills][aria-pressed=true]").map(words),
    viewers: all("input[type=checkbox]:not([role=switch]):checked", choices)
      .map(e => e.ariaLabel.split(" · ")[0]),
    range: all("input[type=range]", choices).map(e => Number(e.value)),
    chosen: all("[role=radio][aria-checked=true]", choices).map(words),
    band: all("[role=switch]", choices)[0]?.checked,
    baseline: all("[role=combobox]", choices)[0]?.value,
    at: player.querySelector(".reading").textContent.split(",")[0],
  };
}"""
"""What a page shows of its state, in whatever holds it."""
DRAWN_S: Final = 10
SETTLED_MS: Final = 300
"""After this time the player has told where it stands, if it wants to."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_studio(tmp_path_factory.mktemp("links")) as served:
        served.studio.finished("newer", hall(LENGTH_S))
        served.studio.finished("hall", hall(LENGTH_S))
        yield served.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 1400})
    yield context.new_page()
    context.close()


def some(random: Random, known: tuple[str, ...], least: int = 0) -> tuple[str, ...]:
    chosen = random.sample(known, random.randint(least, len(known)))
    return tuple(name for name in known if name in chosen)


def any_link(random: Random) -> Link:
    """A state in which the page of this screening may be."""
    start = random.choice([0, random.randrange(20)])
    end = random.choice([None, random.randint(start + 5, LENGTH_S - 1)])
    return Link(
        screening="hall",
        emotions=random.choice([None, some(random, EMOTIONS, least=1)]),  # type: ignore[arg-type]
        ages=some(random, AGES),
        cameras=some(random, CAMERAS),
        zones=some(random, ZONES),
        start=start,
        end=end,
        smooth=random.choice(SMOOTHINGS_S),
        band=random.random() < 0.5,
        baseline=random.choice(list(BASELINES)),
        split=random.choice(SPLITS),
        at=random.choice([0.0, random.randrange(10 * LENGTH_S) / 10]),
    )


def state_of(link: Link) -> dict[str, object]:
    """Return what a page that is as its link says shows; nothing of what is left to the page."""
    of_link = {"emotions": [EMOTION_NAMES[emotion] for emotion in link.emotions or ()]}
    return {
        **(of_link if link.emotions is not None else {}),
        "screening": link.screening,
        "viewers": [*link.ages, *link.cameras, *link.zones],
        "range": [link.start, link.end or LENGTH_S],
        "chosen": [SMOOTHING_WORDS[link.smooth], SPLIT_WORDS[link.split]],
        "band": link.band,
        "baseline": BASELINES[link.baseline],
        "at": playhead(int(link.at)),
    }


@pytest.mark.parametrize(
    "links", [5, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def test_a_page_is_what_its_link_says_and_the_link_stays(links: int, page: Page) -> None:
    random = Random(links)  # noqa: S311
    for _ in range(links):
        link = any_link(random)
        opened(page, "screening", urlencode(written(link)))
        page.locator(".reading").wait_for()
        expected = state_of(link)
        deadline_s = time.monotonic() + DRAWN_S
        while (found := page.evaluate(STATE)) != {**found, **expected}:
            assert time.monotonic() < deadline_s, (written(link), found)
            page.wait_for_timeout(50)
        page.wait_for_timeout(SETTLED_MS)
        assert dict(parse_qsl(urlsplit(page.url).query)) == written(link)


def test_what_a_link_says_wrongly_is_told_and_the_rest_of_it_counts(page: Page) -> None:
    opened(page, "screening", "screening=hall&smooth=7&ages=18-24&band=<b>&start=99&at=-1&q=1")

    notice = page.get_by_test_id("stAlert").first
    for part in ("smooth=7", "band=<b>", "at=-1", "q=1"):
        expect(notice).to_contain_text(part)
    expect(page.get_by_text("Viewers: 18-24")).to_be_visible()


def test_the_first_page_is_found_by_its_name_too(page: Page, url: str) -> None:
    page.goto("/overview?search=hall")
    page.get_by_role("heading", name="Screenings").first.wait_for()

    assert page.url == f"{url}/?search=hall"
    assert not page.get_by_text("Page not found").count()
