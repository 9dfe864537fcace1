"""Services of docker-compose.yml as plain processes on loopback.

An engine does a few things for a service: it says where others are, mounts files, starts what ended
again, and asks for its health. So does this; the commands, the variables and the health checks are
those of the files.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from tests.commands.running import Running
from tests.deployment.compose import Service, services
from tests.deployment.prepared import free_port
from tests.waiting import wait_until

POLITE_S: Final = 0.1
"""Docker waits so long before it starts a service again, twice as long the next time, …"""
_MARK: Final = "MOODTRACE_TEST_CONTAINERS"


class Containers:
    """Services that run; all of them end with the block of `containers`."""

    def __init__(self, folder: Path, here: Mapping[str, str], extra: Mapping[str, str]) -> None:
        """Start nothing yet.

        Args:
            folder: for what they write.
            here: what stands in the files, such as `kafka:19092`, and what it is on this machine.
            extra: variables beside those of the files.
        """
        self._folder = folder
        self._here = dict(here)
        self._extra = extra
        self._services = services()
        self._page_port = free_port()
        self.running: dict[str, Running] = {}
        self.restarts: Counter[str] = Counter()
        """How often each service was started again."""
        self._due_s: dict[str, float] = {}
        """When to start what ended again."""

    def start(self, *names: str) -> None:
        """Start services, in this order, and wait for none."""
        for name in names:
            self._start(self._services[name])

    def run(self, name: str, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run `moodtrace` with arguments as in a container of a service, and wait for it."""
        return subprocess.run(
            [sys.executable, "-m", "moodtrace", *map(str, words)],
            env=self._environment(self._services[name]),
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def wait_until_tried(self, *names: str) -> None:
        """Wait until each of some services runs, or found that it can't and ended."""

        def have_tried() -> bool:
            return all(
                self.running[name].process.poll() is not None or self._serves_at(name) is not None
                for name in names
            )

        wait_until(have_tried, 60, "a first try")

    def wait_until_healthy(self, timeout_s: float) -> float:
        """Start again what ends until all pass their health checks; return how long it took."""

        def are_healthy() -> bool:
            self._tend()
            return all(self.is_healthy(name) for name in self.running)

        try:
            return wait_until(are_healthy, timeout_s)
        except AssertionError as error:
            said = {name: running.said for name, running in self.running.items()}
            raise AssertionError(f"not all are healthy: {said}") from error

    def is_healthy(self, name: str) -> bool:
        """Run the health check of a service."""
        served = self._serves_at(name)
        if served is None:
            return False
        words = [self._translated(word) for word in self._services[name].health]
        words = [re.sub(r"http://127\.0\.0\.1:\d+", served, word) for word in words]
        return subprocess.run(self._executable(words), capture_output=True).returncode == 0

    def _serves_at(self, name: str) -> str | None:
        """Where a service answers over HTTP, once it says so; empty for those that don't."""
        if name == "ray":
            return ""
        said = re.search(r"http://127\.0\.0\.1:\d+", self.running[name].said)
        return said and said[0]

    def stop(self, name: str) -> float:
        """Stop a service as the engine does, return how long it took; late is an error."""
        return self.running.pop(name).terminate(self._services[name].grace_s)

    def stop_all(self) -> None:
        for running in self.running.values():
            if running.process.poll() is None:
                running.process.terminate()
        for running in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(20)
            running.process.kill()
            running.process.wait()
        for process in self._left_behind():
            process.kill()

    def _left_behind(self) -> list[psutil.Process]:
        """What services started and did not end: a container would take it along."""
        mark = f"{_MARK}={self._folder}"
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if mark in [f"{name}={value}" for name, value in process.environ().items()]:
                    found.append(process)
        return found

    def _tend(self) -> None:
        for name, running in self.running.items():
            if running.process.poll() is None:
                self._due_s.pop(name, None)
                continue
            pause_s = POLITE_S * 2 ** self.restarts[name]
            if time.monotonic() >= self._due_s.setdefault(name, time.monotonic() + pause_s):
                self.restarts[name] += 1
                self._start(self._services[name])

    def _start(self, service: Service) -> None:
        words = self._executable([self._translated(word) for word in service.words])
        port = ["--port", str(self._page_port)]
        options = port if service.name == "dashboard" else ["--health-port", "0"]
        if words[:2] == ["sh", "-c"]:
            words = [*words[:2], " ".join([words[2], *options])]
        elif service.name != "ray":
            words += options
        log = self._folder / f"{service.name}.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                words,
                env=self._environment(service),
                cwd=self._tmp(service),
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
            )
        self.running[service.name] = Running(process, log)

    def _tmp(self, service: Service) -> Path:
        folder = self._folder / service.name
        folder.mkdir(exist_ok=True)
        return folder

    def _environment(self, service: Service) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if "MOODTRACE" not in name}
        self._here["/tmp"] = str(self._tmp(service))  # noqa: S108 (of the container)
        given = {name: self._translated(value) for name, value in service.environment.items()}
        programs = Path(sys.executable).parent
        path = {"PATH": f"{programs}:{os.environ['PATH']}", _MARK: str(self._folder)}
        return {**ours, **given, **self._extra, **path}

    def _translated(self, text: str) -> str:
        known = "|".join(re.escape(name) for name in self._here)
        return re.sub(known, lambda found: self._here[found[0]], text)

    @staticmethod
    def _executable(words: Sequence[str]) -> list[str]:
        """Name the programs of this environment."""
        programs = {
            "moodtrace": [sys.executable, "-m", "moodtrace"],
            "python": [sys.executable],
        }
        return [*programs.get(words[0], [words[0]]), *words[1:]]


@contextmanager
def containers(
    folder: Path, here: Mapping[str, str], extra: Mapping[str, str]
) -> Iterator[Containers]:
    """Give out services that end with the block; see `Containers`."""
    folder.mkdir(exist_ok=True)
    found = Containers(folder, here, extra)
    try:
        yield found
    finally:
        found.stop_all()
