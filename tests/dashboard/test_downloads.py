"""Who may take what from the page, and that it is what the command line writes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest

from dashboard.downloads import csv_of
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio, hall
from tests.dashboard.served import free_port, served_page


def labels(store: Store, role: str) -> list[str]:
    """The buttons that let something out, for a reader of one role."""

    def script(store, role):  # type: ignore[no-untyped-def]  # its source alone is run
        from dashboard.access import Reader
        from dashboard.page_screening import render

        render(store, Reader("somebody", frozenset({role})))

    page = AppTest.from_function(script, kwargs={"store": store, "role": role}, default_timeout=20)
    page.run()
    assert not page.exception
    return [button.proto.label for button in page.get("download_button")]


def test_a_viewer_takes_nothing_and_an_analyst_everything(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", hall(), k=5)

    assert labels(store, "viewer") == []
    offered = labels(store, "analyst")
    assert [label.partition(":")[0] for label in offered[:8]] == [
        "CSV", "PARQUET", "JSON", "PNG", "SVG", "PDF", "HTML", "MANIFEST",
    ]  # fmt: skip
    assert {"PNG", "SVG", "CSV"} <= set(offered[8:])


def test_where_nothing_is_shown_no_picture_is_offered(store: Store, studio: Studio) -> None:
    studio.finished("spring-a", hall(), k=100)

    offered = [label.partition(":")[0] for label in labels(store, "analyst")]
    assert offered == ["CSV", "PARQUET", "JSON", "PDF", "HTML", "MANIFEST", "CSV"]


def test_what_is_not_known_in_a_table_is_an_empty_cell() -> None:
    table = pd.DataFrame({"=name": ["=1+1", "b"], "share": [0.25, float("nan")], "n": [3, None]})

    assert csv_of(table) == b"'=name,share,n\n'=1+1,0.25,3.0\nb,,\n"


@pytest.fixture
def page(browser: Browser, valkey: str) -> Iterator[Page]:
    with served_page(valkey, free_port(), {}) as url:
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 1400})
        yield context.new_page()
        context.close()


def test_the_page_gives_the_bytes_of_the_command_line(
    page: Page, studio: Studio, valkey: str, tmp_path: Path
) -> None:
    studio.finished("spring-a", hall(), k=5)
    page.goto("/screening?screening=spring-a&emotions=happy,surprise&cameras=right&start=10")
    page.get_by_text("Export", exact=True).click()

    def taken(format_: str) -> bytes:
        with page.expect_download() as download:
            page.get_by_role("button", name=f"{format_.upper()}:").click()
        assert download.value.suggested_filename.startswith("moodtrace-spring-a-screening.")
        return Path(download.value.path()).read_bytes()

    manifest = tmp_path / "view.json"
    manifest.write_bytes(taken("manifest"))
    for format_ in ("csv", "pdf"):
        command = ["export", "--manifest", str(manifest), "--format", format_, "--redis", valkey]
        done = subprocess.run(
            [sys.executable, "-m", "moodtrace", *command], capture_output=True, check=True
        )
        assert taken(format_) == done.stdout, format_


def test_tables_let_nothing_out_past_the_buttons(page: Page, studio: Studio) -> None:
    studio.finished("spring-a", hall(), k=5)
    page.goto("/screening?screening=spring-a")
    table = page.locator("[data-testid=stDataFrame]:visible").first
    table.hover()

    tools = page.locator("[data-testid=stElementToolbar] button")
    tools.first.wait_for()
    named = [tool.get_attribute("aria-label") or "" for tool in tools.all()]
    assert any(name.startswith("Search") for name in named)
    assert not any("ownload" in name for name in named)
