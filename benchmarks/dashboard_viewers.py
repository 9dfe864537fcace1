"""Measures the memory of the page's server while many people watch a screening that is shown.

    python -m benchmarks.dashboard_viewers [--viewers 20] [--minutes 3]

A real store, the page's own server, and a tab of Chromium for each viewer, all on this machine. A
row is written every second, as a run does; each tab asks for the newest every two seconds. What is
loaded once is loaded by then: the first minute is not counted.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks._hall import hall
from benchmarks._pages import browser, server_process
from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from moodtrace.store_writer import Writer
from moodtrace.timeline import Row
from tests.dashboard.made_screening import Studio, ledger_of
from tests.dashboard.served import free_port, served_page

PEOPLE: Final = 40
BEFORE_S: Final = 300
"""Seconds of content that are over when the viewers come."""
WARM_UP_S: Final = 60
EVERY_S: Final = 10
"""How often memory is printed."""
GROWTH_LIMIT: Final = 0.05
"""Of the memory after the warm-up, over the whole time."""


class Memory(NamedTuple):
    """What the server holds at one time."""

    at_s: float
    resident_mb: float


def main() -> None:
    """Print the memory over time, and how fast it grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3.0)
    words = parser.parse_args()
    rows = hall(24 * 3600, PEOPLE)
    before = list(islice(rows, BEFORE_S))
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_store(Path(folder)) as url,
        closing(Store(url)) as store,
        Studio(store) as studio,
        browser() as chromium,
        served_page(url, free_port(), {}) as address,
    ):
        writer = studio.running("shown", before)
        pages = [opened(chromium, f"{address}/live") for _ in range(words.viewers)]
        print(f"{len(pages)} viewers; seconds since the last came, and MB resident")
        seen = list(watched(writer, rows, pages, WARM_UP_S + 60 * words.minutes))
        drawn = [int(page.evaluate("window.messages")) for page in pages]
    told(seen)
    print(f"{min(drawn)} to {max(drawn)} messages to each viewer")


def opened(chromium: Browser, url: str) -> Page:
    """Open a page as one viewer, and wait until it draws."""
    page = chromium.new_context().new_page()
    page.add_init_script(
        """const Plain = WebSocket; window.messages = 0;
        WebSocket = class extends Plain {
          constructor(...given) {
            super(...given); this.addEventListener("message", () => { window.messages += 1; });
          }
        };"""
    )
    page.goto(url)
    page.get_by_text("Inferred expression, not felt emotion.").first.wait_for(timeout=120_000)
    return page


def watched(
    writer: Writer, rows: Iterator[Row], pages: Sequence[Page], length_s: float
) -> Iterator[Memory]:
    """Write a row every second for a while; tell what the server holds now and then."""
    server = server_process()
    began_s = time.monotonic()
    for second in range(round(length_s)):
        newest = [next(rows)]
        writer.append(newest, ledger_of(newest))
        pages[0].wait_for_timeout(max(0, 1000 * (began_s + second + 1 - time.monotonic())))
        if second % EVERY_S == EVERY_S - 1:
            found = Memory(time.monotonic() - began_s, server.memory_info().rss / 1e6)
            print(f"{found.at_s:6.0f} s {found.resident_mb:8.1f} MB", flush=True)
            yield found


def told(seen: Sequence[Memory]) -> None:
    """Print how memory grew after the warm-up, by a straight line through it."""
    warm = [memory for memory in seen if memory.at_s > WARM_UP_S]
    at_s, resident_mb = np.array(warm).T
    per_minute = 60 * float(np.polyfit(at_s, resident_mb, 1)[0])
    share = (resident_mb[-1] - resident_mb[0]) / resident_mb[0]
    print(f"{per_minute:+.2f} MB a minute; {share:+.1%} in all = {share / GROWTH_LIMIT:.2f} of 5 %")


if __name__ == "__main__":
    main()
