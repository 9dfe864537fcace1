"""What a host has once `deploy/init.sh` ran, and its store as containers see it."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from moodtrace.embedded import server_binary
from tests.conftest import ROOT
from tests.waiting import wait_until


@dataclass(frozen=True)
class Host:
    """A folder with the files of the deployment, prepared."""

    folder: Path

    @property
    def secrets(self) -> Path:
        return self.folder / "deploy" / "secrets"

    @property
    def password(self) -> str:
        return (self.secrets / "redis_password").read_text().strip()


def prepared(folder: Path) -> Host:
    """Run `deploy/init.sh` on a copy of the deployment's files."""
    shutil.copytree(
        ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("secrets", "config")
    )
    shutil.copy(ROOT / ".env.example", folder)
    initialised(folder)
    return Host(folder)


def initialised(folder: Path) -> None:
    subprocess.run(["sh", folder / "deploy" / "init.sh"], check=True, capture_output=True)


class StoreServer:
    """The store of the deployment: its configuration, its users; use it inside a `with` block."""

    def __init__(self, host: Host, data: Path) -> None:
        self.port = free_port()
        self._data = data
        self._data.mkdir(exist_ok=True)
        programs = data / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "valkey-server").symlink_to(server_binary())
        self._env = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PASSWORD_FILE": str(host.secrets / "redis_password"),
        }
        self._script = host.folder / "deploy" / "valkey" / "start.sh"
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, user: str = "moodtrace", password: str = "") -> str:
        who = f"{user}:{password}" if password else user
        return f"redis://{who}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = {"--port": str(self.port), "--bind": "127.0.0.1", "--dir": str(self._data)}
        words = [word for option in options.items() for word in option]
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["sh", str(self._script), *words], env=self._env, stdout=log, stderr=log
            )
        wait_until(self._listens, 10, "the store")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._data / "log").read_text()
        with closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def store_server(host: Host, data: Path) -> Iterator[StoreServer]:
    server = StoreServer(host, data)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port that was free a moment ago."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
