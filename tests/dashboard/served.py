"""The page in a server of its own, as people reach it."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import dashboard
from moodtrace.commands.dashboard import page_command

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
