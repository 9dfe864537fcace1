"""Processes that run for days, told to end while their store is away."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from moodtrace.bus_kafka import Cluster
from moodtrace.store import Store
from tests.commands.running import Running, running
from tests.commands.test_up import captured, start
from tests.conftest import Cli
from tests.servers.proxy import Mode, Proxy
from tests.waiting import wait_until

LOST = "the store is away: counts are lost"


def ended_without_store(process: Running, cli: Cli, store_proxy: Proxy, mode: Mode) -> None:
    """Capture something, take the store away, capture more, and tell the process to end."""
    start(cli, "--k", "1")
    wait_until(lambda: captured(process) >= 10, 40)
    store_proxy.switch(mode)
    wait_until(lambda: "the board can't be read" in process.said, 20)
    assert process.terminate() < 10
    assert LOST in process.said


@pytest.mark.parametrize("mode", ["blackhole", pytest.param("refuse", marks=pytest.mark.slow)])
def test_up_ends_in_time_and_says_what_it_could_not_book(
    mode: Mode,
    cli: Cli,
    cli_environment: Mapping[str, str],
    config: Path,
    store_proxy: Proxy,
    far_url: str,
    tmp_path: Path,
) -> None:
    arguments = ("up", "--no-dashboard", "--health-port", "0", "--config", config)
    with running(
        *arguments, "--redis", far_url, env=cli_environment, log=tmp_path / "up.log"
    ) as process:
        ended_without_store(process, cli, store_proxy, mode)

    assert process.process.returncode == 69  # rows wait for the store, and there was no more time
    assert "the store does not answer" in process.said


@pytest.mark.parametrize("mode", ["refuse", pytest.param("blackhole", marks=pytest.mark.slow)])
def test_ingest_ends_in_time_and_says_what_it_could_not_book(
    mode: Mode,
    cli: Cli,
    cli_environment: Mapping[str, str],
    config: Path,
    cluster: Cluster,
    store_proxy: Proxy,
    far_url: str,
    tmp_path: Path,
) -> None:
    servers = cluster.servers if mode == "refuse" else "127.0.0.1:1"  # and nobody there
    arguments = ("ingest", "--health-port", "0", "--config", config, "--kafka", servers)
    topics = {"MOODTRACE_KAFKA_TOPIC_PREFIX": cluster.settings.topic_prefix}
    with running(
        *(*arguments, "--redis", far_url),
        env={**cli_environment, **topics},
        log=tmp_path / "ingest.log",
    ) as process:
        ended_without_store(process, cli, store_proxy, mode)


def test_a_part_that_fails_ends_the_process_with_its_error(
    cli: Cli,
    cli_environment: Mapping[str, str],
    config: Path,
    store: Store,
    tmp_path: Path,
) -> None:
    arguments = ("up", "--no-dashboard", "--health-port", "0", "--config", config)
    with running(*arguments, env=cli_environment, log=tmp_path / "up.log") as process:
        progress = f"{{{start(cli, '--k', '1')}}}:progress"
        spoil = store._client.pipeline()
        spoil.delete(progress)
        spoil.rpush(progress, b"no number")
        spoil.execute()
        process.process.wait(30)

    assert process.process.returncode == 73
    assert process.said.rstrip().splitlines()[-3].startswith("Error")
