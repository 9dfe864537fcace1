"""Promise G7: a camera's password is nowhere but in the child's memory and on its way."""

import base64
import logging
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec
import psutil
import pytest

from ingest.live_events import LiveEvent
from ingest.live_process import LiveProcess
from tests.ingest.live import after_frames, end_of, heard, is_end, live_job
from tests.servers.clips import Clip
from tests.servers.rtsp import Mount, RtspServer
from tests.servers.scripted import DESCRIBED, OPTIONS, Answers, ScriptedServer

USER = "operator"
CANARY = "canary:p@ss/w%rd"
SPELLINGS = [
    CANARY.encode(),
    quote(CANARY, safe="").encode(),
    base64.b64encode(f"{USER}:{CANARY}".encode()),
]


@pytest.fixture(autouse=True)
def password_in_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONT_PASSWORD", CANARY)


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def assert_untold(told: bytes) -> None:
    assert not [spelling for spelling in SPELLINGS if spelling in told]


def assert_nothing_shows(process: LiveProcess) -> None:
    """Look where everybody on this machine may look, and at what the child wrote to stderr."""
    about = Path(f"/proc/{process.pid}")
    for name in ("cmdline", "environ", "fd/2"):
        assert_untold((about / name).read_bytes())


def read_to_the_end(url: str, spelled: Callable[[str], str] = lambda url: url) -> bytes:
    """Read a source that fails; return all that was said of it."""
    job = live_job(spelled(url), username=USER, password=CANARY, open_s=2.0, read_s=1.0)
    with LiveProcess(job) as process:
        assert_nothing_shows(process)
        events = heard(process, until=is_end)
    assert_untold(repr(job).encode())
    return told(events)


def told(events: Sequence[LiveEvent]) -> bytes:
    return msgspec.msgpack.encode(events) + repr(events).encode()


@pytest.mark.parametrize(
    "answers",
    [
        {**OPTIONS, "DESCRIBE": ("404 Not Found", "\r\n")},
        {**OPTIONS, "DESCRIBE": ("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n\r\n')},
        {**OPTIONS, "DESCRIBE": ("500 Internal Server Error", "\r\n")},
        {**DESCRIBED, "SETUP": ("461 Unsupported Transport", "\r\n")},
        {},
    ],
    ids=["not found", "refused", "broken", "no transport", "silent"],
)
def test_no_failure_tells_the_password(answers: Answers, caplog: pytest.LogCaptureFixture) -> None:
    with ScriptedServer(answers) as server:
        assert_untold(read_to_the_end(f"rtsp://127.0.0.1:{server.port}/front"))
    assert_untold(caplog.text.encode())


@pytest.mark.parametrize("url", ["rtsp://camera.invalid/1", "rtsps://127.0.0.1:1/1", "rtsp://:x/"])
def test_no_address_that_is_wrong_tells_the_password(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert_untold(read_to_the_end(url))
    assert_untold(caplog.text.encode())


def test_a_password_in_the_source_itself_is_not_told_either(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ScriptedServer({**OPTIONS, "DESCRIBE": ("404 Not Found", "\r\n")}) as server:
        url = f"rtsp://{USER}:{quote(CANARY, safe='')}@127.0.0.1:{server.port}/front"
        with LiveProcess(live_job(url)) as process:
            assert_nothing_shows(process)
            assert_untold(told(heard(process, until=is_end)))
    assert_untold(caplog.text.encode())


def test_a_child_that_crashes_while_it_reads_tells_nothing(
    rtsp_server: type[RtspServer], clip: Clip, caplog: pytest.LogCaptureFixture
) -> None:
    with rtsp_server({"front": Mount(clip)}, user=USER, password=CANARY) as server:
        job = live_job(server.url("front"), username=USER, password=CANARY)
        with LiveProcess(job) as process:
            heard(process, until=after_frames(2))
            assert_nothing_shows(process)
            assert psutil.Process(process.pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)
            os.kill(process.pid, signal.SIGSEGV)
            events = heard(process, until=is_end)
    assert end_of(events).reason == "decoder_lost"
    assert "Fatal Python error" in str(caplog.records[-1].__dict__)
    assert_untold(told(events))
    assert_untold("".join(str(record.__dict__) for record in caplog.records).encode())
