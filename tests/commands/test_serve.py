import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import psutil
import pytest

from tests.commands.running import Running, running
from tests.conftest import Cli
from tests.waiting import wait_until


def readiness(process: Running) -> int:
    try:
        with urllib.request.urlopen(f"{process.health}/readyz", timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def family(process: Running) -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process(process.process.pid).children(recursive=True)
    return children


def ports(processes: list[psutil.Process]) -> set[int]:
    """The ports that processes listen on."""
    return {
        connection.laddr.port
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def test_replicas_run_until_sigterm_and_leave_no_process(
    cli_environment: Mapping[str, str], data_dir: Path, tmp_path: Path
) -> None:
    arguments = ("serve", "--health-port", "0")
    with running(*arguments, env=cli_environment, log=tmp_path / "log") as process:
        assert readiness(process) == HTTPStatus.OK
        every = family(process)
        assert sum("ServeReplica" in " ".join(one.cmdline()) for one in every) == 1
        assert not ports(every) & {8000, 8265, 10001}  # proxy, dashboard and Ray's client server
        process.terminate(30)
        assert process.process.returncode == 0, process.said
        assert not [one for one in every if one.is_running()]

    assert {path.name for path in data_dir.iterdir()} == {"ray-address", "ray-token", "weights"}


@pytest.mark.slow
def test_sigterm_while_it_starts_leaves_no_process(
    cli_environment: Mapping[str, str], tmp_path: Path
) -> None:
    arguments = ("serve", "--health-port", "0")
    with running(
        *arguments, env=cli_environment, log=tmp_path / "log", ready="Detector:"
    ) as process:
        wait_until(lambda: any("raylet" in one.name() for one in family(process)), 60)
        every = family(process)
        process.terminate(60)

        wait_until(lambda: not [one for one in every if one.is_running()], 10)
    assert process.process.returncode == 15  # by Ray, which has taken over the signal by then


def test_a_cluster_where_nobody_listens_is_said_in_three_lines(cli: Cli, data_dir: Path) -> None:
    data_dir.joinpath("ray-token").write_text("of the cluster")

    away = cli("serve", "--address", "127.0.0.1:1", "--health-port", "0")
    wrong = cli("serve", "--address", "nonsense", "--health-port", "0")

    for done in (away, wrong):
        assert done.returncode == 69
        assert "Error: the Ray cluster can't be joined: " in done.stderr.splitlines()[-3]
    assert wrong.stderr.splitlines()[-2] == "Where: nonsense"


def test_without_ray_the_extra_is_named(cli_environment: Mapping[str, str]) -> None:
    script = (
        "import sys; sys.modules['ray'] = None; sys.argv = ['moodtrace', 'serve']\n"
        "from moodtrace.commands.app import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=cli_environment, capture_output=True, text=True
    )

    assert done.returncode == 78
    assert done.stderr.splitlines()[-3] == "Error: serving needs ray, which is not installed"
    assert "moodtrace[stream]" in done.stderr


def test_help_does_not_wait_for_ray() -> None:
    script = "import sys, moodtrace.commands.app; sys.exit('ray' in sys.modules)"

    subprocess.run([sys.executable, "-c", script], check=True)
