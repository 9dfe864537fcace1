import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from moodtrace.commands.dashboard import page_command


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def command(
    cli_environment: Mapping[str, str], port: int, tmp_path: Path
) -> Iterator["subprocess.Popen[str]"]:
    """`moodtrace dashboard` in an own folder, from when the page answers."""
    # -P, as the installed script has it: the current folder is not looked into.
    words = [sys.executable, "-P", "-m", "moodtrace", "dashboard", "--port", str(port)]
    with answering(words, port, cli_environment, tmp_path) as process:
        yield process


@contextmanager
def answering(
    words: list[str], port: int, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        words,
        env=env,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
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


def visit(port: int) -> None:
    """Open the page as a browser does, and stay until its script has ended."""
    hello = BackMsg()
    hello.rerun_script.SetInParent()
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None) as page:
        page.send(hello.SerializeToString())
        while True:
            told = page.recv(timeout=30)
            assert isinstance(told, bytes)
            if ForwardMsg.FromString(told).WhichOneof("type") == "script_finished":
                return


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


def test_the_current_folder_is_never_code(
    command: "subprocess.Popen[str]", port: int, tmp_path: Path
) -> None:
    (tmp_path / "dashboard").mkdir()
    (tmp_path / "dashboard" / "__init__.py").write_text("raise SystemError('not our dashboard')")

    visit(port)
    command.send_signal(signal.SIGINT)

    said = command.communicate(timeout=30)[1].splitlines()
    assert [line.split()[0] for line in said] == ["Dashboard:"]


def test_an_unexpected_error_of_the_page_is_told_on_the_terminal(port: int, tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text("raise ZeroDivisionError('an unexpected end')")

    with answering(page_command(page, port), port) as process:
        visit(port)
        process.terminate()
        said = process.communicate(timeout=30)[1]

    assert "Traceback (most recent call last)" in said
    assert "ZeroDivisionError: an unexpected end" in said


def test_a_page_that_something_kills_is_an_error(command: "subprocess.Popen[str]") -> None:
    family = psutil.Process(command.pid).children()
    (page,) = [child for child in family if "streamlit" in child.cmdline()]

    page.kill()
    said = command.communicate(timeout=30)[1]

    assert command.returncode == 69
    assert "Error: the dashboard was ended by SIGKILL" in said


def test_a_page_that_asks_nobody_is_not_opened_to_all(data_dir: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "moodtrace", "dashboard", "--everywhere"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 78
    assert "open to all who reach this machine" in refused.stderr
