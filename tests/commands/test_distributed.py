"""Ingest, analysis and timelines as processes of their own, with a real broker between them."""

import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from moodtrace.bus_kafka import Cluster
from tests.commands.running import Running, running
from tests.commands.test_up import exported, start, states
from tests.conftest import Cli
from tests.waiting import wait_until


def outcomes(process: Running, outcome: str) -> float:
    name = f'moodtrace_frames_total{{camera="front",outcome="{outcome}"}}'
    return process.metrics().get(name, 0.0)


def test_a_screening_that_no_camera_sees_has_its_gaps_and_its_end(
    cli: Cli, cli_environment: Mapping[str, str], cluster: Cluster, tmp_path: Path
) -> None:
    topics = {"MOODTRACE_KAFKA_TOPIC_PREFIX": cluster.settings.topic_prefix}
    options = ("--kafka", cluster.servers, "--health-port", "0")
    env, log = {**cli_environment, **topics}, tmp_path / "aggregate.log"
    with running("worker", "aggregate", *options, env=env, log=log):
        name = start(cli)
        time.sleep(1.2)  # of content
        assert cli("screening", "stop", name).returncode == 0
        wait_until(lambda: states(cli) == {name: "finished"}, 60)

    seconds = exported(cli, name, tmp_path / "whole.json")["seconds"]
    assert len(seconds) >= 2
    assert {(second["status"], second["reason"]) for second in seconds} == {("gap", "camera_down")}


@pytest.mark.parametrize(
    "victim",
    [
        pytest.param("nobody", marks=pytest.mark.slow),
        pytest.param("infer", marks=pytest.mark.slow),
        "aggregate",
    ],
)
def test_whoever_is_killed_every_frame_counts_once(
    victim: str,
    cli: Cli,
    cli_environment: Mapping[str, str],
    config: Path,
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    def launched(*arguments: str | Path) -> Any:
        log = tmp_path / f"{arguments[-1]}-{time.monotonic_ns()}.log"
        options = ("--kafka", cluster.servers, "--health-port", "0")
        topics = {
            "MOODTRACE_KAFKA_TOPIC_PREFIX": cluster.settings.topic_prefix,
            "MOODTRACE_KAFKA_SESSION_TIMEOUT_S": str(cluster.settings.session_timeout_s),
            "MOODTRACE_KAFKA_PARTITIONS": "2",
            "MOODTRACE_WORKERS_MAX_AGE_MS": "600000",  # what waits for a successor is wanted still
        }
        return running(*arguments, *options, env={**cli_environment, **topics}, log=log)

    with launched("ingest", "--config", config) as ingest, launched("worker", "infer") as infer:
        with launched("worker", "aggregate") as aggregate:
            name = start(cli, "--k", "1")
            wait_until(lambda: outcomes(infer, "analysed") >= 30, 60)
            if victim == "nobody":
                wait_until(lambda: outcomes(infer, "analysed") >= 60, 60)
            killed = {"infer": infer, "aggregate": aggregate}.get(victim)
            if killed:
                killed.process.send_signal(signal.SIGKILL)
                killed.process.wait(10)
            else:
                assert aggregate.terminate() < 10
        again = "infer" if victim == "infer" else "aggregate"
        with launched("worker", again), launched("worker", "aggregate"):
            wait_until(lambda: outcomes(ingest, "captured") >= 90, 60)
            assert cli("screening", "stop", name).returncode == 0
            wait_until(lambda: states(cli) == {name: "finished"}, 90)

    content = exported(cli, name, tmp_path / "whole.json")
    ledger = content["ledger"]["front"]
    assert ledger["in_flight"] == 0
    late = ledger["dropped"].get("late", 0)  # of a slow machine, and counted
    assert ledger["captured"] == ledger["analysed"] + late, ledger
    assert [second["t"] for second in content["seconds"]] == list(range(len(content["seconds"])))
    missing = [second for second in content["seconds"][:-1] if second["status"] != "ok"]
    assert not missing, (missing, ledger, ingest.said)  # a camera that was killed says so
