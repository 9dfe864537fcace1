"""Cameras that can't work: each gets the right state, none is hammered, no password gets out."""

import io
import json
import logging
import ssl
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import msgspec
import psutil
import pytest
from msgspec.structs import replace

from ingest.live_events import LiveJob
from moodtrace.cameras import Camera, CameraState
from moodtrace.logs import JsonFormatter
from tests.ingest.held import decoders
from tests.ingest.watched import watched
from tests.servers.clips import Clip, encoded
from tests.servers.rtsp import Mount, RtspServer
from tests.servers.scripted import DESCRIBED, OPTIONS, PLAYING, ScriptedServer, description
from tests.waiting import wait_until

CANARY = "canary-7f3a"
WRONG = "canary-wrong"
OPEN_S = LiveJob(camera_id="", source="").open_s
UNAUTHORIZED = ("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n\r\n')
REFUSING = {**OPTIONS, "DESCRIBE": UNAUTHORIZED}


def camera(name: str, source: str) -> Camera:
    return Camera(
        name=name,
        source=source,
        audience="panel",
        username="operator",
        password_env="CAMERA_PASSWORD",  # noqa: S106 (the name of a variable)
    )


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """TLS with a certificate that nobody trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@dataclass
class Spy:
    """Sees what `ps` shows of decode processes, as long as it runs."""

    seen: set[bytes] = field(default_factory=set)
    stop: Event = field(default_factory=Event)

    def look(self) -> None:
        while not self.stop.wait(0.02):
            for child in psutil.Process().children(recursive=True):
                with suppress(OSError):
                    folder = Path(f"/proc/{child.pid}")
                    command, environment = (
                        (folder / name).read_bytes() for name in ("cmdline", "environ")
                    )
                    if b"ingest.live_decoder" in command:
                        self.seen |= {command, environment}


@pytest.fixture
def spy() -> Iterator[Spy]:
    spy = Spy()
    thread = Thread(target=spy.look)
    thread.start()
    yield spy
    spy.stop.set()
    thread.join()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as the product writes it, at its most talkative."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_each_failure_has_its_state_and_no_password_gets_out(
    rtsp_server: type[RtspServer],
    clip: Clip,
    context: ssl.SSLContext,
    spy: Spy,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", CANARY)
    expected: dict[str, tuple[CameraState, str]] = {
        "basic": ("auth_failed", "auth_failed"),
        "digest": ("auth_failed", "auth_failed"),
        "path": ("not_found", "not_found"),
        "tls": ("unsupported", "tls_failed"),
        "codec": ("unsupported", "unsupported_codec"),
        "silent": ("waiting", "silent"),
        "after-sdp": ("waiting", "silent"),
        "after-play": ("waiting", "silent"),
        "away": ("waiting", "refused"),
    }
    with ExitStack() as stack:
        locked = {"user": "operator", "password": CANARY}
        basic, digest, open_ = (
            stack.enter_context(rtsp_server({"one": Mount(clip)}, **settings))
            for settings in (locked, {**locked, "digest": True}, {})
        )
        codec = {**PLAYING, "DESCRIBE": description("X-UNHEARD-OF/90000")}
        scripted = {
            "tls": ScriptedServer(DESCRIBED, context=context),
            "codec": ScriptedServer(codec),
            "silent": ScriptedServer({}),
            "after-sdp": ScriptedServer(DESCRIBED),
            "after-play": ScriptedServer(PLAYING),
        }
        ports = {name: stack.enter_context(server).port for name, server in scripted.items()}
        sources = {
            "basic": basic.url("one"),
            "digest": digest.url("one"),
            "path": open_.url("none"),
            **{name: f"rtsp://127.0.0.1:{port}/one" for name, port in ports.items()},
            "tls": f"rtsps://127.0.0.1:{ports['tls']}/one",
            "away": "rtsp://127.0.0.1:1/one",
            "right": basic.url("one"),
            "right-digest": digest.url("one"),
        }
        cameras = [camera(name, source) for name, source in sources.items()]
        passwords = {**dict.fromkeys(sources, CANARY), "basic": WRONG, "digest": WRONG}
        watch = stack.enter_context(watched(*cameras, passwords=passwords))
        watch.until_live("right", "right-digest")
        for name, (state, _) in expected.items():
            watch.until(name, state, OPEN_S + 8)

    for name, (state, reason) in expected.items():
        down = [status for status in watch.statuses(name) if status.state == state]
        assert {status.reason for status in down} == {reason}, name
        assert down[-1].grade == "D"
        assert ": " in down[-1].reasons[0]
    told = json.dumps(msgspec.to_builtins([watch.statuses(name) for name in sources]))
    assert "camera changed" in log.getvalue()
    assert len(spy.seen) >= 2
    for secret in (CANARY, WRONG, b64encode(f"operator:{CANARY}".encode()).decode()):
        assert secret not in log.getvalue()
        assert secret not in told
        assert not [shown for shown in spy.seen if secret.encode() in shown]


def test_whoever_hangs_while_opening_is_freed_and_nobody_else_waits(
    footage: Callable[[str], Path],
) -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(ScriptedServer(a)).port for a in ({}, DESCRIBED, PLAYING)]
        silent = [camera(f"silent-{port}", f"rtsp://127.0.0.1:{port}/one") for port in ports]
        file = replace(camera("file", f"file:{footage('no_face.mp4')}"), password_env="")
        watch = stack.enter_context(watched(file, *silent, passwords={c.name: "x" for c in silent}))
        wait_until(lambda: len(decoders()) == 4, 5)
        first = decoders()
        watch.until_live("file")

        freed_s = wait_until(
            lambda: sum(not child.is_running() for child in first) == 3, OPEN_S + 5, "three freed"
        )

        assert freed_s <= OPEN_S + 3
        pauses_ms = [b.arrival_ms - a.arrival_ms for a, b in pairwise(watch.frames("file"))]
        assert max(pauses_ms) < 400


def test_a_decode_process_that_hangs_is_killed_and_replaced(
    footage: Callable[[str], Path],
) -> None:
    file = replace(camera("file", f"file:{footage('no_face.mp4')}"), password_env="")
    with watched(file) as watch:
        watch.until_live("file")
        [child] = decoders()
        child.suspend()  # it does not answer a SIGTERM either

        noticed_s = watch.until("file", "stalled", 5)
        back_s = watch.until("file", "live", 6)

        assert noticed_s < 3.5
        assert back_s < 5
        assert not child.is_running()
        assert watch.statuses("file")[-1].stalls == 1


@pytest.mark.slow
def test_a_wrong_password_is_tried_twice_in_two_minutes() -> None:
    with ScriptedServer(REFUSING) as server:
        locked = camera("locked", f"rtsp://127.0.0.1:{server.port}/one")
        with watched(locked, passwords={"locked": WRONG}) as watch:
            watch.until("locked", "auth_failed", 5)
            time.sleep(110)

            assert server.connections == 2
            assert watch.state("locked") == "auth_failed"


@pytest.mark.parametrize("seconds", [10, pytest.param(60, marks=pytest.mark.slow)])
def test_a_camera_that_runs_away_gives_no_more_than_is_wanted(
    rtsp_server: type[RtspServer], footage: Callable[[str], Path], seconds: int
) -> None:
    clip = encoded(footage("no_face.mp4"), fps=240, seconds=2)
    with rtsp_server({"fast": Mount(clip)}) as server:
        fast = replace(camera("fast", server.url("fast")), username="", password_env="")
        with watched(fast) as watch:
            wait_until(lambda: len(watch.frames("fast")) > 15, 15)
            known = len(watch.frames("fast"))
            [child] = decoders()
            before = [p.memory_info().rss for p in (psutil.Process(), child)]
            time.sleep(seconds)
            after = [p.memory_info().rss for p in (psutil.Process(), child)]
            status = watch.statuses("fast")[-1]
            frames = len(watch.frames("fast")) - known

    kept = sum(len(frame.image) for frame in watch.frames("fast"))
    grown = [a - b for a, b in zip(after, before, strict=True)]
    assert grown[0] - kept < 20e6
    assert grown[1] < 20e6
    assert frames == pytest.approx(5 * seconds, rel=0.05, abs=1)
    assert status.dropped["over_rate"] > 100 * seconds * 0.8
    assert "lower the frame rate" in " ".join(status.reasons)
