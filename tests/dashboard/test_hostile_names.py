"""A hundred hostile names on every page of a real browser: each is text, none is run."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from dashboard.access import Right
from dashboard.navigation import PAGES
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.clock import wall_ms
from moodtrace.errors import UsageError
from moodtrace.ledger import CameraLedger
from moodtrace.markers import COLUMNS
from moodtrace.playhead import PlayEvent
from moodtrace.screening import Screening, Source, checked_name
from moodtrace.store import Store
from moodtrace.timeline import Row, of_viewers
from tests.dashboard.browsing import opened, turned_to
from tests.dashboard.hostile import EVIL, NAMES, seen
from tests.dashboard.served import served_studio
from tests.factories import screening, viewer
from tests.waiting import wait_until

OURS: Final = {"127.0.0.1", None}
"""Hosts a page may ask; `data:` and `blob:` have none."""
WATCHES: Final = "window.hits = []; window.hit = () => window.hits.push(location.href);"
"""What the names would call if they were run."""
TRACES: Final = f"""
  [...document.querySelectorAll('*')].flatMap(e => [...e.attributes]
    .filter(a => /^on/.test(a.name) || /^(href|src|action|data|srcdoc)$/.test(a.name)
      && /javascript:|{EVIL}|hit\\(/.test(a.value))
    .map(a => `${{e.tagName}} ${{a.name}}=${{a.value}}`))
"""
"""Elements that a name became, and that may wait for a click."""
SECONDS: Final = 2
ADDRESS: Final = f"www.{EVIL}"
"""A name that every gate takes, and Markdown makes a link of."""
CAMERAS: Final = (*NAMES, ADDRESS)
CONTENT, AUDIENCE, DETECTOR, NETWORK, AGE, SOUGHT = NAMES[:18:3]
LINKS: Final[Mapping[Right, Mapping[str, str]]] = {
    "overview": {"search": SOUGHT},
    "screening": {"screening": "one", "split": "zones", "x": SOUGHT, "emotions": SOUGHT},
    "compare": {"screening": "one", "others": "two", "align": SOUGHT},
    "norms": {"screening": SOUGHT},
    "live": {"screening": SOUGHT},
    "quality": {"screening": "one", SOUGHT: SOUGHT},
}
SAID: Final[Mapping[Right, Sequence[str]]] = {
    "overview": [CONTENT, AUDIENCE],
    "screening": [*CAMERAS, CONTENT, AUDIENCE, DETECTOR, NETWORK, AGE],
    "compare": [SOUGHT],
    "norms": [DETECTOR, NETWORK, SOUGHT],
    "live": [*CAMERAS, CONTENT],
    "cameras": NAMES,
    "quality": [DETECTOR, NETWORK, AGE],
    "privacy": [CONTENT, AUDIENCE],
    "help": [],
}
"""What each page is to say of them, as it is written."""


def test_the_gate_of_names_refuses_each_of_them() -> None:
    assert len(set(NAMES)) == 100
    for name in NAMES:
        with pytest.raises(UsageError):
            checked_name(name, "a name")
    assert checked_name(ADDRESS, "a name")


class Shown(NamedTuple):
    """A window with a page of a store full of hostile names."""

    page: Page
    store: Store
    asked: list[str]
    """URLs of all that was asked for."""


@pytest.fixture(scope="module")
def shown(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with served_studio(tmp_path_factory.mktemp("hostile")) as served:
        fill(served.store)
        context = browser.new_context(base_url=served.url, viewport={"width": 1280, "height": 1400})
        context.add_init_script(WATCHES)
        page, asked = context.new_page(), list[str]()
        page.on("request", lambda request: asked.append(request.url))
        opened(page, "help")
        yield Shown(page, served.store, asked)
        context.close()


def fill(store: Store) -> None:
    """Write, past every gate, what holds them all: two screenings, a live one, and cameras."""
    counts = {name: CameraLedger(captured=20, failed={name: 20}) for name in CAMERAS}
    for screening_id in ("one", "two"):
        record = hostile(screening_id)
        with store.claim(screening_id, record.run.id) as writer:
            writer.begin(record, counts, fresh=True)
            writer.append(hostile_rows(), counts)
    live = replace(hostile("live"), live=True, state="running", sources={})
    store.live.start(live, [PlayEvent(kind="play", at_ms=wall_ms() - 1000 * (SECONDS + 5))])
    with store.claim(live.id, live.run.id) as writer:
        writer.begin(live, counts, fresh=True)
        writer.append(hostile_rows(), counts)
    store.cameras.put(Camera(name=n, source=f"rtsp://10.0.0.7/{n}", audience=n) for n in NAMES)
    report(store)


def report(store: Store) -> None:
    """Say that all cameras are in trouble; it holds for ten seconds."""
    store.cameras.report(
        CameraStatus(name=name, state="waiting", reason=name, since_ms=1, dropped={name: 1})
        for name in NAMES
    )


def hostile(screening_id: str) -> Screening:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    lines.writerows((20 * at, 20 * at + 1000, name, name) for at, name in enumerate(NAMES))
    return replace(
        screening(screening_id, cameras=CAMERAS),
        content=CONTENT,
        audience=AUDIENCE,
        detector=DETECTOR,
        emotion_model=NETWORK,
        age_model=AGE,
        state="finished",
        sources={name: Source(name=name, problem=name) for name in CAMERAS},
        markers=text.getvalue(),
        notice=" ".join(NAMES),
    )


def hostile_rows() -> list[Row]:
    """Rows in which each camera has a viewer, and each tenth name is a zone."""
    people = [
        replace(viewer(number=at), camera_id=name, zone=NAMES[at % 10 * 10])
        for at, name in enumerate(CAMERAS)
    ]
    empty = Row(second=0, frames=5, cameras=1, faces=5 * len(people))
    return [of_viewers(replace(empty, second=second), people) for second in range(SECONDS)]


@pytest.mark.parametrize("right", [right for right, *_ in PAGES])
def test_names_are_text_and_nothing_runs(right: Right, shown: Shown) -> None:
    def unsaid() -> list[str]:
        said = seen(page.evaluate("document.body.textContent"))
        return [name for name in SAID[right] if seen(name) not in said]

    report(shown.store)
    page = shown.page
    turned_to(page, right, urlencode(LINKS.get(right, {})))

    wait_until(lambda: not unsaid(), 5, f"{unsaid()}")  # cells of tables come last
    assert page.evaluate("window.hits") == []
    assert [url for url in shown.asked if urlsplit(url).hostname not in OURS] == []
    assert page.evaluate(TRACES) == []
