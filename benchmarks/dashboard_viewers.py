"""Measures the memory of the page's server while many people watch a screening that is shown.

    python -m benchmarks.dashboard_viewers [--viewers 20] [--minutes 3]

A real store and the page's own server, on this machine. A row is written every second, as a run
does; each viewer asks for the newest every two seconds, as the page in a browser does. What is
loaded once is loaded by then: the first minute is not counted.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks._hall import hall
from benchmarks._pages import server_process
from benchmarks._viewers import Watched, watch
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
        served_page(url, free_port(), {}) as address,
    ):
        writer = studio.running("shown", before)
        length_s = round(WARM_UP_S + 60 * words.minutes)
        print(f"{words.viewers} viewers; seconds since the first came, and MB resident")
        seen, viewers = asyncio.run(watched(address, words.viewers, writer, rows, length_s))
    told(seen)
    runs, sent = zip(*((of.runs, of.received_bytes) for of in viewers), strict=True)
    print(
        f"each was drawn {min(runs)} to {max(runs)} times, of {length_s // 2} asked for, "
        f"and sent {np.median(sent) / 1e6 / (length_s / 60):.2f} MB a minute"
    )


async def watched(
    address: str, count: int, writer: Writer, rows: Iterator[Row], length_s: int
) -> tuple[list[Memory], list[Watched]]:
    """Write a row every second while people watch; tell what the server holds now and then."""
    viewers = [Watched() for _ in range(count)]
    server, found = server_process(), []
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(watch(address, "live", number / count, viewer))
            for number, viewer in enumerate(viewers)
        ]
        began_s = time.monotonic()
        for second in range(length_s):
            newest = [next(rows)]
            writer.append(newest, ledger_of(newest))
            await asyncio.sleep(max(0.0, began_s + second + 1 - time.monotonic()))
            if second % EVERY_S == EVERY_S - 1:
                now = Memory(time.monotonic() - began_s, server.memory_info().rss / 1e6)
                print(f"{now.at_s:6.0f} s {now.resident_mb:8.1f} MB", flush=True)
                found.append(now)
        for task in tasks:
            task.cancel()
    return found, viewers


def told(seen: Sequence[Memory]) -> None:
    """Print how memory grew after the warm-up, by a straight line through it."""
    warm = [memory for memory in seen if memory.at_s > WARM_UP_S]
    at_s, resident_mb = np.array(warm).T
    per_minute = 60 * float(np.polyfit(at_s, resident_mb, 1)[0])
    share = (resident_mb[-1] - resident_mb[0]) / resident_mb[0]
    print(f"{per_minute:+.2f} MB a minute; {share:+.1%} in all = {share / GROWTH_LIMIT:.2f} of 5 %")


if __name__ == "__main__":
    main()
