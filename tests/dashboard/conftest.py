"""Screenings for the pages, in a real server."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import Browser, expect, sync_playwright

from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from tests.conftest import missing
from tests.dashboard.made_screening import Studio

expect.set_options(timeout=20_000)  # a busy machine draws a page in ten seconds


@pytest.fixture(autouse=True)
def _nothing_known() -> None:
    """Let no page know what another test's store had."""
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def _main_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that runs takes the place of `__main__`, which multiprocessing would start again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real one, without a window.

    It ends with the file: while it runs this thread has an event loop and the process children,
    which tests of other files take for leaks.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        missing("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()
