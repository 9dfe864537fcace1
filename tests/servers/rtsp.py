"""A real RTSP server of cameras for tests: a process that can be frozen, killed, started again."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from tests.servers.clips import Clip

SYSTEM_PYTHON = "/usr/bin/python3"
_SCRIPT = Path(__file__).with_name("gstreamer_rtsp.py")


def why_missing() -> str:
    """Say why there can be no server here; empty if there can."""
    if not Path(SYSTEM_PYTHON).exists():
        return f"there is no {SYSTEM_PYTHON}"
    check = subprocess.run([SYSTEM_PYTHON, str(_SCRIPT), "--check"], capture_output=True)
    return "" if check.returncode == 0 else "no RTSP server; see tests/install-rtsp.sh"


@dataclass(frozen=True)
class Mount:
    """One camera of the server."""

    clip: Clip
    looped: bool = True
    """Whether it goes on for ever; else it says goodbye at its end."""
    shared: bool = True
    """Whether all who watch see the same, or each one the clip from its beginning."""


class RtspServer:
    """Cameras on loopback; use it inside a `with` block."""

    def __init__(
        self,
        mounts: Mapping[str, Mount],
        *,
        user: str = "",
        password: str = "",
        digest: bool = False,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {
            "user": user,
            "password": password,
            "digest": digest,
            "mounts": {name: self._described(name, mount) for name, mount in mounts.items()},
        }
        self.port = 0

    def url(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start it, from the second time on at the port of the first time."""
        assert self._process is None
        with (Path(self._folder.name) / "settings.json").open("w+b") as settings:
            settings.write(json.dumps({**self._settings, "port": self.port}).encode())
            settings.seek(0)
            self._process = subprocess.Popen(
                [SYSTEM_PYTHON, str(_SCRIPT)], stdin=settings, stdout=subprocess.PIPE
            )
        self.port = _port_of(self._process.stdout)

    def kill(self) -> None:
        """End it without a word to anybody."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Let it hang."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()
        self._folder.cleanup()

    def _described(self, name: str, mount: Mount) -> dict[str, object]:
        path = mount.clip.write(Path(self._folder.name) / f"{name}.clip")
        return {
            "clip": str(path),
            "codec": mount.clip.codec,
            "looped": mount.looped,
            "shared": mount.shared,
        }

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._signal(number)
        self._process.wait(10)
        self._process.stdout.close()
        self._process = None


def _port_of(output: IO[bytes] | None) -> int:
    assert output is not None
    line = output.readline().split()
    if line[:1] != [b"ready"]:
        print("the RTSP server did not start", file=sys.stderr)
    return int(line[1])
