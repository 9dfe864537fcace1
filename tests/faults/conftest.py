"""What all faults need: a store, and what comes of the frames where nothing happens."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from tests.faults import file_log
from tests.faults.aggregator import Work, aggregator
from tests.faults.world import Outcome, begin, frames_of, is_finished, outcome
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the store of this file is."""
    with embedded_store(tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The store, empty."""
    with closing(Store(url)) as store:
        store._client.flushall()
        yield store


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What comes of the frames if nothing happens, and each comes once and in order."""
    folder = tmp_path_factory.mktemp("undisturbed")
    frames = frames_of("spring")
    with embedded_store(folder / "data") as url, closing(Store(url)) as store:
        begin(store, "spring", frames)
        file_log.write(folder / "frames", frames)
        with aggregator(Work(url, folder / "log")):
            wait_until(lambda: is_finished(store, "spring"), 30)
        found = outcome(store, "spring")
    assert found.counts == {"left": (58, 2, 0), "right": (58, 2, 0)}
    return found
