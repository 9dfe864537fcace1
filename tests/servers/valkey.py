"""A Valkey of a test's own: it can be killed, frozen and started again with the same data."""

import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from moodtrace.embedded import server_binary
from tests.waiting import wait_until


class Valkey:
    """One server on a free loopback port, with its data and log in a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Prepare.

        Args:
            folder: of its own.
            options: of the command line.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port, retry=Retry(NoBackoff(), 0), socket_timeout=5)
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def start(self, *options: str, ready: bool = True) -> None:
        """Start it; wait until it answers, unless it is not to be waited for."""
        command = [server_binary(), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self._folder.resolve()), "--save", "", "--logfile", "valkey.log"]
        self._process = subprocess.Popen(
            [*command, *self._options, *options],
            stdin=subprocess.DEVNULL,
            restore_signals=False,  # as Python, it is told of a file too large, not ended
        )
        if ready:
            wait_until(self._answers, what="the server")

    def command(self, *words: str | int) -> Any:
        """Send what the client has no method for."""
        send: Callable[..., Any] = self.client.execute_command
        return send(*words)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it neither answer nor close a connection."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log
        with suppress(redis.ConnectionError):
            return bool(self.client.ping())
        return False

    @property
    def _log(self) -> str:
        return (self._folder / "valkey.log").read_text(errors="replace")[-2000:]


@contextmanager
def valkey(folder: Path, *options: str) -> Iterator[Valkey]:
    """Run a server until the block ends."""
    server = Valkey(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        server.client.close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
