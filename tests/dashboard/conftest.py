"""Screenings for the pages, in a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio


@pytest.fixture
def studio(store: Store) -> Iterator[Studio]:
    """What writes screenings into the server of this test."""
    with Studio(store) as studio:
        yield studio


@pytest.fixture
def valkey(store: Store, data_dir: Path) -> Iterator[str]:
    """URL of the real server behind `store`."""
    with embedded_store(data_dir) as url:
        yield url
