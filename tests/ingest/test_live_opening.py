"""What is wrong with a source is told apart, in time, by the real child on real sockets."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.live_events import LiveEnded
from tests.conftest import missing
from tests.ingest.held import held
from tests.ingest.live import how_it_ends, live_job
from tests.servers.proxy import Proxy
from tests.servers.scripted import DESCRIBED, OPTIONS, PLAYING, Answers, ScriptedServer, description

OPEN_S = 2.0
READ_S = 1.5
START_S = 2.0
"""How long a process may take to start where others are busy too."""


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    before = held().processes
    yield
    assert held().processes == before


def end_of(url: str, **fields: object) -> tuple[LiveEnded, float]:
    return how_it_ends(live_job(url, open_s=OPEN_S, read_s=READ_S, **fields))


def end_of_script(answers: Answers) -> tuple[LiveEnded, float]:
    with ScriptedServer(answers) as server:
        return end_of(f"rtsp://127.0.0.1:{server.port}/front")


def status(line: str) -> Answers:
    return {**OPTIONS, "DESCRIBE": (line, "\r\n")}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("401 Unauthorized", "auth_failed"),
        ("403 Forbidden", "auth_failed"),
        ("404 Not Found", "not_found"),
        ("454 Session Not Found", "rejected"),
        ("500 Internal Server Error", "rejected"),
        ("503 Service Unavailable", "rejected"),
    ],
)
def test_what_a_camera_answers_is_told_apart(line: str, reason: str) -> None:
    end, _ = end_of_script(status(line))
    assert end.reason == reason


def test_a_transport_that_the_camera_does_not_have_is_rejected() -> None:
    answers = {**DESCRIBED, "SETUP": ("461 Unsupported Transport", "\r\n")}
    assert end_of_script(answers)[0].reason == "rejected"


@pytest.mark.parametrize(
    "answers",
    [{}, DESCRIBED, PLAYING],
    ids=["says nothing", "describes and is silent", "plays and is silent"],
)
def test_a_silent_camera_is_given_up_in_time(answers: Answers) -> None:
    end, took_s = end_of_script(answers)
    assert end.reason == "silent"
    assert took_s <= OPEN_S + START_S + 1


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    end, took_s = end_of(f"rtsp://127.0.0.1:{port}/front")
    assert end.reason == "refused"
    assert took_s < START_S


def test_a_name_that_nobody_has() -> None:
    assert end_of("rtsp://camera.invalid/front")[0].reason == "unreachable"


def test_a_host_that_drops_what_is_sent_to_it() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        waiting = stack.enter_context(socket.socket())
        waiting.connect(server.getsockname())  # the queue is full, so the kernel drops the rest
        end, took_s = end_of(f"rtsp://127.0.0.1:{server.getsockname()[1]}/front")
    assert end.reason == "unreachable"
    assert took_s <= OPEN_S + START_S + 1


def test_a_connection_that_is_reset_is_no_wrong_format() -> None:
    with ScriptedServer(PLAYING) as server, Proxy(server.port) as proxy:
        proxy.switch("reset")
        end, _ = end_of(f"rtsp://127.0.0.1:{proxy.port}/front")
    assert end.reason in ("ended", "unreachable")  # after the connection stood, or before


def test_a_server_that_speaks_something_else() -> None:
    with ScriptedServer({}, greeting=b"SSH-2.0-OpenSSH_9.2p1\r\n") as server:
        end, _ = end_of(f"rtsp://127.0.0.1:{server.port}/front")
    assert end.reason == "not_media"


def test_a_codec_that_nobody_knows() -> None:
    answers = {**PLAYING, "DESCRIBE": description("X-OWN/90000")}
    assert end_of_script(answers)[0].reason == "unsupported_codec"


def test_a_stream_of_sound_alone() -> None:
    answers = {**PLAYING, "DESCRIBE": description("PCMU/8000", media="audio")}
    assert end_of_script(answers)[0].reason == "no_video_stream"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for `localhost` that nobody vouches for."""
    if shutil.which("openssl") is None:
        missing("there is no openssl")
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command.split(), *names], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with ScriptedServer(status("404 Not Found"), context) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for(tls_server: ScriptedServer) -> None:
    end, _ = end_of(f"rtsps://localhost:{tls_server.port}/front")
    assert end.reason == "tls_failed"
    assert tls_server.requests == []


def test_a_certificate_of_a_trusted_authority(
    tls_server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    assert end_of(f"rtsps://localhost:{tls_server.port}/front")[0].reason == "not_found"


def test_a_trusted_certificate_for_another_name(
    tls_server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    end, _ = end_of(f"rtsps://127.0.0.1:{tls_server.port}/front")
    assert end.reason == "tls_failed"
    assert tls_server.requests == []


def test_a_camera_without_tls_where_it_should_have_it() -> None:
    with ScriptedServer(PLAYING) as server:
        assert end_of(f"rtsps://127.0.0.1:{server.port}/front")[0].reason == "tls_failed"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("http://127.0.0.1:1/video.mjpg", "not_allowed"),
        ("gopher://127.0.0.1/", "bad_source"),
        ("v4l2:/dev/video99", "not_found"),
        ("file:/nowhere/front.mp4", "no_such_file"),
        ("file:/dev/zero", "not_a_file"),
    ],
)
def test_what_is_not_even_tried(source: str, reason: str) -> None:
    assert end_of(source)[0].reason == reason
