"""Every page for every role, in each state that its data may be in."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.access import RIGHTS, ROLES, Reader, Right, Role
from dashboard.navigation import PAGES
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.embedded import embedded_store
from moodtrace.errors import NotAllowedError
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio, film
from tests.dashboard.opened import labels, opened, titles, words
from tests.factories import row, viewer

NAMES = [right for right, *_ in PAGES]
ALLOWED: dict[Right, set[Role]] = {
    "overview": {"viewer", "analyst", "operator", "admin"},
    "screening": {"viewer", "analyst", "admin"},
    "compare": {"analyst", "admin"},
    "norms": {"analyst", "admin"},
    "live": {"viewer", "analyst", "operator", "admin"},
    "cameras": {"operator", "admin"},
    "quality": {"analyst", "operator", "admin"},
    "privacy": {"admin"},
    "help": {"viewer", "analyst", "operator", "admin"},
}
"""Who may see a page; said here once more, so that a change of `RIGHTS` is one of this test."""
UNREADABLE = "can't be read"
AWAY = "The store does not answer"


def empty(store: Store) -> None:
    """A store of which nothing was ever asked."""


def normal(store: Store) -> None:
    with Studio(store) as studio:
        studio.finished("done", film(20))
        studio.live("shown", film(20))
    store.cameras.put([Camera(name="front", source="rtsp://10.0.0.7/x", audience="panel")])
    store.cameras.report([CameraStatus(name="front", state="live", since_ms=1, fps=5.0)])


def below_k(store: Store) -> None:
    few = [row(t, *[viewer() for _ in range(4)]) for t in range(20)]
    with Studio(store) as studio:
        studio.finished("done", few, k=5)
        studio.live("shown", few, k=5)


def old_schema(store: Store) -> None:
    """A record, a row and a camera that this version can't read."""
    normal(store)
    with Studio(store) as studio:
        studio.finished("older", film(3))
    client = store._client
    client.set("{older}:screening", b'{"id": "older"}')
    client.set("{done}:row:3", b'{"second": "three"}')
    client.set("{shown}:row:3", b'{"second": "three"}')
    client.hset("moodtrace:cameras", "front", b'{"name": "front", "new": 1}')


SAID: dict[str, dict[Right, str]] = {
    "empty": {
        "overview": "No screenings yet",
        "screening": "No screenings yet",
        "compare": "No screenings yet",
        "norms": "No screenings yet",
        "live": "Nothing is being shown now",
        "cameras": "No cameras yet",
        "quality": "No screenings yet",
        "privacy": "No screenings yet",
        "help": "Expression shown, not felt emotion",
    },
    "normal": {
        "screening": "Face coverage",
        "live": "In view",
        "cameras": "Add a camera",
        "quality": "Grade",
        "privacy": "Delete a screening",
    },
    "below_k": {
        "screening": "Withheld: fewer than 5 viewers in every second",
        "live": "Audience too small",
        "quality": "No face was measured",
    },
    "away": {name: AWAY for name in NAMES if name != "help"},
    "old_schema": {
        "overview": UNREADABLE,
        "screening": UNREADABLE,
        "live": UNREADABLE,
        "cameras": UNREADABLE,
        "quality": UNREADABLE,
        "privacy": "Delete a screening",
    },
}
"""What a page says in a state, by page; those that are left out just must not fail."""


@contextmanager
def prepared(state: str, folder: Path) -> Iterator[Store]:
    """A store in one state, of which nothing was seen before."""
    st.cache_data.clear()
    if state == "away":
        with closing(Store(f"unix://{folder / 'nobody'}")) as store:
            yield store
        return
    makers: dict[str, Callable[[Store], None]] = {
        "empty": empty,
        "normal": normal,
        "below_k": below_k,
        "old_schema": old_schema,
    }
    with embedded_store(folder / "data") as url, closing(Store(url)) as store:
        makers[state](store)
        yield store


def assert_files_are_offered(page: AppTest, name: Right, role: Role) -> None:
    """Every chart as picture and as CSV, every table as CSV; nothing to who may not export."""
    offered = labels(page.get("download_button"))
    if "export" not in RIGHTS[role]:
        assert not offered, (name, role)
    elif (
        name != "screening"
    ):  # whose player is a chart too, and whose files are tested by themselves
        charts, tables = (len(page.get(kind)) for kind in ("vega_lite_chart", "dataframe"))
        assert offered.count("PNG") == offered.count("SVG") == charts, name
        assert offered.count("CSV") == charts + tables, name
        assert all(chart.proto.alt for chart in page.get("vega_lite_chart"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_for_its_roles_alone(name: Right, role: Role) -> None:
    assert (name in RIGHTS[role]) is (role in ALLOWED[name])
    if role not in ALLOWED[name]:
        render = next(page[-1] for page in PAGES if page[0] == name)
        with closing(Store("unix:///nobody")) as store, pytest.raises(NotAllowedError):
            render(store, Reader("ann", frozenset({role})))


@pytest.mark.parametrize("state", SAID)
def test_every_page_says_its_state_to_everybody_who_may_see_it(state: str, tmp_path: Path) -> None:
    with prepared(state, tmp_path) as store:
        for name in NAMES:
            for role in sorted(ALLOWED[name]):
                page = opened(name, store, role)
                parts = [*titles(page), *labels(page.metric), words(page)]
                said = "\n".join(parts).replace("\\", "")
                assert SAID[state].get(name, "") in said, (name, role, said)
                assert_files_are_offered(page, name, role)
                if state == "below_k":
                    assert "Happiness" not in "".join(labels(page.metric)), (name, role)
