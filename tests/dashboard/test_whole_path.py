"""From nothing to a file for a deck: the demo, and the path of an analyst through its pages."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Position, expect

from tests.commands.running import running
from tests.conftest import missing
from tests.dashboard.browsing import settled
from tests.dashboard.served import free_port, wait_until_healthy

Environment = Mapping[str, str]

SECOND_LINK_PX: Final[Position] = {"x": 25, "y": 87}
"""Where in the list of screenings the second one is opened; a table is a picture."""


@pytest.fixture(scope="module")
def environment(
    weights_dir: Path | None, weights: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """What the commands of this file see: one data directory, everybody's weights."""
    data = tmp_path_factory.mktemp("data")
    (data / "weights").symlink_to(weights[-1])
    given = {"MOODTRACE_WEIGHTS_DIR": str(weights_dir)} if weights_dir else {}
    ours = {name: value for name, value in os.environ.items() if "MOODTRACE" not in name}
    return {**ours, **given, "MOODTRACE_DATA_DIR": str(data), "NO_COLOR": "1"}


def moodtrace(environment: Environment, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "moodtrace", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def summary(environment: Environment) -> str:
    """What the demo says of itself."""
    done = moodtrace(environment, "demo", "--no-dashboard")
    if done.returncode == 69:
        missing(done.stderr)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(300)
def test_the_demo_shows_joy_late_in_cut_a_and_early_in_cut_b(
    summary: str, environment: Environment
) -> None:
    peaks = {}
    for cut in ("a", "b"):
        content = json.loads(moodtrace(environment, "export", f"spring-cut-{cut}").stdout)
        assert len(content["seconds"]) == 40
        assert max(second["viewers"] for second in content["seconds"]) == 9
        peaks[cut] = content["metrics"]["happy"]["peak"]["t"]
    assert peaks["b"] < 15 < 20 < peaks["a"]
    assert "Happiness" in summary


@pytest.fixture
def page(
    browser: Browser, summary: str, environment: Environment, tmp_path: Path
) -> Iterator[Page]:
    """A browser at the page of `moodtrace dashboard`."""
    port = free_port()
    command = ("dashboard", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    with running(*command, env=environment, log=tmp_path / "log", ready="Dashboard:") as dashboard:
        wait_until_healthy(url, dashboard.process)
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 1400})
        yield context.new_page()
        context.close()


@pytest.mark.timeout(300)
def test_an_analyst_gets_from_the_demo_to_a_file(page: Page, environment: Environment) -> None:
    page.goto("/")
    page.get_by_role("heading", name="Screenings").wait_for()
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_contain_text("spring-cut-a")
    settled(page)
    table.hover(position=SECOND_LINK_PX)  # it knows where its links are once the mouse is there
    page.wait_for_timeout(200)
    with page.context.expect_page() as found:
        table.click(position=SECOND_LINK_PX)
    screening = found.value
    expect(screening.locator("h1")).to_have_text("spring-cut-a")

    screening.get_by_text("Viewers: all").click()
    band = screening.get_by_test_id("stCheckbox").filter(has_text=re.compile(r"\d+-\d+ · [3-9]"))
    band.first.click()
    screening.wait_for_url(re.compile("ages="))
    expect(screening.get_by_text(re.compile(r"Viewers: \d+-\d+"))).to_be_visible()

    settled(screening)
    box = screening.locator(".trace .u-over").bounding_box()
    assert box is not None
    screening.mouse.click(box["x"] + box["width"] * 30.5 / 40, box["y"] + 100)
    screening.wait_for_url(re.compile(r"at=30\.[456]"))
    expect(screening.locator(".reading")).to_contain_text(re.compile(r"0:30, .*Happiness \d+%"))

    screening.get_by_test_id("stSidebarNavLink").filter(has_text="Compare").click()
    screening.get_by_role("combobox", name="Compared with it").click()
    screening.get_by_role("option", name=re.compile("spring-cut")).click()
    expect(
        screening.get_by_text(re.compile("spring-cut-. compared with spring-cut-.,"))
    ).to_be_visible()
    expect(screening.get_by_text(re.compile("(lifts|lowers) happiness by")).first).to_be_visible()

    screening.get_by_test_id("stSidebarNavLink").filter(has_text="Screening").click()
    screening.get_by_text("Export", exact=True).click()
    with screening.expect_download() as download:
        screening.get_by_role("button", name="CSV: a line per second").click()
    shown = screening.locator("h1").inner_text()
    taken = Path(download.value.path()).read_text()
    assert taken == moodtrace(environment, "export", shown, "--format", "csv").stdout
