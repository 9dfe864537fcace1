"""A `moodtrace` process that runs on while a test looks at it."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import wait_until


@dataclass
class Running:
    """One process and what it said so far."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def health(self) -> str:
        found = re.search(r"Health: (http://127\.0\.0\.1:\d+)", self.said)
        assert found, self.said
        return found[1]

    def metrics(self) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.health}/metrics", timeout=10) as answer:  # noqa: S310
            lines = answer.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    def terminate(self, timeout_s: float = 10) -> float:
        """Tell it to end; return how long that took."""
        started_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout_s)
        return time.monotonic() - started_s


@contextmanager
def running(
    *arguments: str | Path,
    env: Mapping[str, str],
    log: Path,
    ready: str = "Running.",
    within_s: float = 60,
) -> Iterator[Running]:
    """Start `moodtrace` with these arguments, wait until it says `ready`, and end it at last."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "moodtrace", *map(str, arguments)],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
    found = Running(process, log)
    try:
        wait_until(lambda: ready in found.said or process.poll() is not None, within_s)
        assert process.poll() is None, found.said
        yield found
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
