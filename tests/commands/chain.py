"""Recorded footage through real brokers: the workers behind them, and commands that use them."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from moodtrace.bus_kafka import Cluster
from moodtrace.embedded import embedded_store
from tests.commands.running import Running, running
from tests.conftest import Cli


class Worker(NamedTuple):
    """One process behind the brokers."""

    stage: str
    options: tuple[str, ...] = ()
    env: Mapping[str, str] = {}


BATCHES: tuple[dict[str, str], ...] = (
    {},
    {"MOODTRACE_WORKERS_MAX_BATCH_FRAMES": "3", "MOODTRACE_WORKERS_MAX_WAIT_MS": "0"},
    {"MOODTRACE_WORKERS_MAX_BATCH_FRAMES": "1", "MOODTRACE_WORKERS_IN_FLIGHT": "4"},
    {"MOODTRACE_WORKERS_MAX_WAIT_MS": "500"},
)
"""How workers may form batches: one worker after the other, in turn."""


class Chain:
    """The processes behind a broker, and commands that use it."""

    def __init__(
        self, cli: Cli, environment: Mapping[str, str], cluster: Cluster, url: str, folder: Path
    ) -> None:
        self.cli = cli
        self.url = url
        self.env = {
            **environment,
            "MOODTRACE_KAFKA": cluster.servers,
            "MOODTRACE_REDIS_URL": url,
            "MOODTRACE_KAFKA_TOPIC_PREFIX": cluster.settings.topic_prefix,
            "MOODTRACE_KAFKA_SESSION_TIMEOUT_S": str(cluster.settings.session_timeout_s),
            "MOODTRACE_KAFKA_PARTITIONS": str(cluster.settings.partitions),
        }
        self._folder = folder

    @contextmanager
    def workers(self, *workers: str | Worker) -> Iterator[list[Running]]:
        """Run these, each a stage or more than that, while the block does."""
        with ExitStack() as stack:
            found: list[Running] = []
            for number, worker in enumerate(workers):
                stage, options, env = Worker(worker) if isinstance(worker, str) else worker
                log = self._folder / f"{number}-{stage}.log"
                command = ("worker", stage, "--health-port", "0", *options)
                process = running(*command, env={**self.env, **env}, log=log)
                found.append(stack.enter_context(process))
            yield found

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.cli(*arguments, env=self.env)


@contextmanager
def chained(
    cli: Cli, environment: Mapping[str, str], cluster: Cluster, folder: Path
) -> Iterator[Chain]:
    """A chain with a store of its own, which is a real server."""
    with embedded_store(folder / "of-workers") as url:
        yield Chain(cli, environment, cluster, url, folder)


def exported(run: Callable[..., "subprocess.CompletedProcess[str]"], name: str) -> Any:
    done = run("export", name, "--format", "json")
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    content.pop("run")
    return content
