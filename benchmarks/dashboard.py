"""Measures the page of a screening of two hours: its first paint, and how much it is sent.

    python -m benchmarks.dashboard [--seconds 7200] [--viewers 40] [--runs 5]

A real store, the page's own server, and Chromium, on this machine. `cold` is the first reader of a
server that has just started; `known` is another reader of the same server. No browser has seen the
page before. A first paint ends when the canvas of the trace holds coloured curves: of ten seconds
each for the first reader; `every second` ends when they are of every second. Ratios are against the
limits; below 1 is within them.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks._hall import hall
from benchmarks._pages import Opened, browser, visited
from moodtrace.embedded import embedded_store
from moodtrace.labels import EMOTIONS
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio
from tests.dashboard.served import free_port, served_page

PAINT_LIMIT_S: Final = 2.0
PAYLOAD_LIMIT_BYTES: Final = 1_500_000
LINK: Final = f"screening?screening=long&split=cameras&emotions={','.join(EMOTIONS)}"
"""All emotions, and below them a strip of four cameras."""


def main() -> None:
    """Print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=7200, help="of content")
    parser.add_argument("--viewers", type=int, default=40)
    parser.add_argument("--runs", type=int, default=5)
    words = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"{words.seconds} s, {words.viewers} viewers, {os.cpu_count()} cores, load {load:.1f}")
    cold, known = visits(words.seconds, words.viewers, words.runs)
    for name, of in (("cold", cold), ("known", known)):
        told(f"first paint, {name}, s", [one.painted_s for one in of], PAINT_LIMIT_S)
        told(f"every second, {name}, s", [one.every_second_s for one in of])
        told(f"processor until then, {name}, s", [one.processor_s for one in of])
        told(f"whole page, {name}, s", [one.whole_s for one in of])
        told(f"payload, {name}, bytes", [one.ours_bytes for one in of], PAYLOAD_LIMIT_BYTES)
    told("Streamlit's own files, bytes", [one.streamlit_bytes for one in cold])


def visits(seconds: int, viewers: int, runs: int) -> tuple[list[Opened], list[Opened]]:
    """Open the page twice for each run, each run with a server of its own."""
    cold, known = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_store(Path(folder)) as url,
        closing(Store(url)) as store,
        browser() as chromium,
    ):
        with Studio(store) as studio:
            studio.finished("long", list(hall(seconds, viewers)), k=5)
        for _ in range(runs):
            with served_page(url, free_port(), {}) as address:
                cold.append(visited(chromium, f"{address}/{LINK}"))
                known.append(visited(chromium, f"{address}/{LINK}"))
    return cold, known


def told(name: str, figures: Sequence[float], limit: float | None = None) -> None:
    """Print the median of figures, their spread, and how they stand to a limit."""
    middle = statistics.median(figures)
    places = 2 if middle < 1000 else 0
    spread = f"({min(figures):.{places}f} to {max(figures):.{places}f})"
    ratio = "" if limit is None else f" = {middle / limit:.2f} of {limit:g}"
    print(f"{name:<32} {middle:>10.{places}f} {spread}{ratio}")


if __name__ == "__main__":
    main()
