"""Recorded footage through real brokers and workers: the rows are those of a plain replay."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.embedded import embedded_store
from moodtrace.store import Store
from tests.commands.running import running
from tests.conftest import Cli
from tests.waiting import wait_until

CLIPS = ("WolfgangLanger_Pexels.mp4", "face_noface.mov")


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A real server that all processes of a test share."""
    with embedded_store(tmp_path / "shared-store") as url:
        yield url


class Chain:
    """The processes behind a broker, and commands that use it."""

    def __init__(
        self, cli: Cli, environment: Mapping[str, str], cluster: Cluster, url: str, folder: Path
    ) -> None:
        self.cli = cli
        self.env = {
            **environment,
            "MOODTRACE_KAFKA": cluster.servers,
            "MOODTRACE_REDIS_URL": url,
            "MOODTRACE_KAFKA_TOPIC_PREFIX": cluster.settings.topic_prefix,
            "MOODTRACE_KAFKA_SESSION_TIMEOUT_S": str(cluster.settings.session_timeout_s),
        }
        self._folder = folder
        self._number = 0

    def worker(self, *arguments: str) -> Any:
        self._number += 1
        log = self._folder / f"{self._number}-{arguments[0]}.log"
        command = ("worker", *arguments, "--health-port", "0")
        return running(*command, env=self.env, log=log)

    def replay(self, *arguments: str | Path, fps: str = "2") -> "subprocess.CompletedProcess[str]":
        return self.cli("replay", *arguments, "--fps", fps, env=self.env)

    def exported(self, name: str, env: Mapping[str, str] | None = None) -> Any:
        done = self.cli("export", name, "--format", "json", env=self.env if env is None else env)
        assert done.returncode == 0, done.stderr
        content = json.loads(done.stdout)
        content.pop("run")
        return content


@pytest.fixture
def chain(
    cli: Cli, cli_environment: Mapping[str, str], cluster: Cluster, redis_url: str, tmp_path: Path
) -> Chain:
    return Chain(cli, cli_environment, cluster, redis_url, tmp_path)


@pytest.mark.parametrize(
    ("partitions", "workers"), [(1, 1), (2, 2), pytest.param(4, 4, marks=pytest.mark.slow)]
)
def test_three_ways_one_result(
    partitions: int,
    workers: int,
    chain: Chain,
    redis_url: str,
    footage: Callable[[str], Path],
) -> None:
    clips = [footage(CLIPS[0]), f"{footage(CLIPS[1])}@-700"]
    chain.env["MOODTRACE_KAFKA_PARTITIONS"] = str(partitions)
    plain = chain.cli("replay", *clips, "--screening", "panel", "--fps", "2")
    assert plain.returncode == 0, plain.stderr

    with ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(chain.worker("infer"))
            stack.enter_context(chain.worker("aggregate"))
        done = chain.replay(*clips, "--screening", "panel")
    assert done.returncode == 0, done.stderr

    assert chain.exported("panel") == chain.exported("panel", env={})
    with closing(Store(redis_url)) as store:
        assert store.screening("panel").state == "finished"
    summaries = [out.stdout for out in (plain, done)]
    assert summaries[0] == summaries[1]
    assert "x real time" in done.stderr
