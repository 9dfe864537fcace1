"""The real page in a real browser, for the benchmarks of the page: opened, timed and weighed."""

import base64
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

WATCH = """(() => {
  const roots = (root) => [root, ...[...root.querySelectorAll("*")]
    .filter((element) => element.shadowRoot).flatMap((element) => roots(element.shadowRoot))];
  const isPainted = (canvas) => {
    const { data } = canvas.getContext("2d", { willReadFrequently: true })
      .getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;  // axes and words are grey, and only curves are not
    for (let at = 0; at < data.length && coloured < 200; at += 4) {
      const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
      coloured += data[at + 3] > 100 && Math.max(r, g, b) - Math.min(r, g, b) > 40;
    }
    return coloured >= 200;
  };
  const look = () => {
    const root = roots(document).find((root) => root.querySelector(".trace canvas"));
    const canvas = root?.querySelector(".trace canvas");
    if (canvas && canvas.width && isPainted(canvas)) {
      window.paintedMs ??= performance.now();
      const isFirst = root.querySelector(".heading").textContent.includes("over 10 s each");
      if (!isFirst) window.everySecondMs = performance.now();
    }
    if (!window.everySecondMs) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
"""Looks before every picture whether the canvas of the trace holds curves, and says when it first
did, and when it did of every second."""
OWN = ("/static/", "/index.html", "/favicon", "/_stcore/health", "/_stcore/host-config")
"""Parts of the paths of what is Streamlit's own, whatever a page shows."""
QUIET_MS = 1500
"""A page that has been sent nothing for so long is complete."""


class Opened(NamedTuple):
    """One visit of a page."""

    painted_s: float
    """From the start of the navigation until the trace was drawn with its data."""
    every_second_s: float
    """Until it was drawn of every second: content of hours has a first look before."""
    whole_s: float
    """Until the last of the page came."""
    processor_s: float
    """What the server and the browser computed until the trace was drawn; other work on this
    machine delays a paint, and changes this little."""
    ours_bytes: int
    """What came over the websocket, and over HTTP but for Streamlit's own files; as sent, headers
    left out; of the websocket before compression."""
    streamlit_bytes: int
    """Streamlit's own files, as sent."""


class Traffic:
    """Counts what a page is sent."""

    def __init__(self, page: Page) -> None:
        self.ours = 0
        self.streamlit = 0
        self.last_s = time.perf_counter()
        self._own: set[str] = set()
        session = page.context.new_cdp_session(page)
        session.on("Network.responseReceived", self._response)
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.webSocketFrameReceived", self._frame)
        session.send("Network.enable")

    def _response(self, event: dict[str, Any]) -> None:
        url = event["response"]["url"]
        if any(part in url for part in OWN) or event["type"] == "Document":
            self._own.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._own:
            self.streamlit += int(event["encodedDataLength"])
        else:
            self.ours += int(event["encodedDataLength"])

    def _frame(self, event: dict[str, Any]) -> None:
        payload = event["response"]["payloadData"]
        is_binary = event["response"]["opcode"] == 2
        self.ours += len(base64.b64decode(payload) if is_binary else payload.encode())
        self.last_s = time.perf_counter()


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


def visited(chromium: Browser, url: str) -> Opened:
    """Open a page of a screening in a browser that has never seen it; wait until it is whole."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    traffic = Traffic(page)
    before_s = processor_s()
    began_s = time.perf_counter()
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")
    painted_ms = page.wait_for_function("window.paintedMs", timeout=120_000).json_value()
    computed_s = processor_s() - before_s
    every_ms = page.wait_for_function("window.everySecondMs", timeout=120_000).json_value()
    page.get_by_text("Inferred expression, not felt emotion.").first.wait_for(timeout=120_000)
    while time.perf_counter() - traffic.last_s < QUIET_MS / 1000:
        page.wait_for_timeout(100)
    whole_s = traffic.last_s - began_s
    context.close()
    return Opened(
        painted_ms / 1000, every_ms / 1000, whole_s, computed_s, traffic.ours, traffic.streamlit
    )


def processor_s() -> float:
    """Return the processor time of what this process started and what that did."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    return total


def server_process() -> psutil.Process:
    """Return the process of the page that this one started."""
    (found,) = [
        child for child in psutil.Process().children() if "streamlit" in " ".join(child.cmdline())
    ]
    return found
