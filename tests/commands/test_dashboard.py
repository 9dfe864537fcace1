import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping

import psutil
import pytest


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def command(cli_environment: Mapping[str, str], port: int) -> Iterator["subprocess.Popen[str]"]:
    """`moodtrace dashboard`, until the page answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "moodtrace", "dashboard", "--port", str(port)],
        env=cli_environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_page(port)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def wait_for_page(port: int, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
                assert answer.read() == b"ok"
                return
        except urllib.error.URLError:
            assert time.monotonic() < deadline


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_the_dashboard_says_where_it_is_and_leaves_nothing_running(
    command: "subprocess.Popen[str]", port: int, number: signal.Signals, code: int
) -> None:
    family = psutil.Process(command.pid).children(recursive=True)

    command.send_signal(number)
    said = command.communicate(timeout=30)[1]

    assert f"http://127.0.0.1:{port}/" in said
    assert command.returncode == code
    assert len(family) >= 2  # the page and the store
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_the_page_listens_on_the_loopback_address_only(
    command: "subprocess.Popen[str]", port: int
) -> None:
    family = psutil.Process(command.pid).children(recursive=True)
    listening = {
        connection.laddr.ip
        for process in family
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}
