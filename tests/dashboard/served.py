"""The page in a server of its own, as people reach it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

import dashboard
from moodtrace.commands.dashboard import page_command
from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from tests.dashboard.made_screening import Studio

START_S = 30.0


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served_page(store_url: str, port: int, settings: Mapping[str, str]) -> Iterator[str]:
    """Run the page and hand out its URL, by the name `localhost`.

    Args:
        store_url: of the server with the screenings.
        port: a free one.
        settings: environment variables of ours.
    """
    entry = Path(dashboard.__file__).with_name("server.py")
    server = subprocess.Popen(
        page_command(entry, port),
        env={**os.environ, "MOODTRACE_REDIS_URL": store_url, **settings},
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=10)


class Served(NamedTuple):
    """A server of pages, and what writes screenings for it."""

    url: str
    store: Store
    studio: Studio


@contextmanager
def served_studio(folder: Path, **settings: str) -> Iterator[Served]:
    """Run the page over a store of its own, for all tests of a file.

    Args:
        folder: for the store.
        settings: environment variables of ours.
    """
    with (
        embedded_store(folder) as store_url,
        closing(Store(store_url)) as store,
        Studio(store) as studio,
        served_page(store_url, free_port(), settings) as url,
    ):
        yield Served(url, store, studio)


def wait_until_healthy(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until a server of pages answers."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):  # noqa: S310
                return
        except (URLError, OSError):
            assert server.poll() is None, "the page's server ended by itself"
            assert time.monotonic() < deadline, "the page's server did not start"
            time.sleep(0.05)
