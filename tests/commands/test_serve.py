import re
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from http import HTTPStatus
from pathlib import Path

import psutil
import pytest

from moodtrace.commands import serve, up, worker
from tests.commands.running import Running, running
from tests.conftest import ROOT, Cli
from tests.waiting import wait_until
from workers.ray_access import make_token, require_listener


def readiness(process: Running) -> int:
    try:
        with urllib.request.urlopen(f"{process.health}/readyz", timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_each_process_of_a_machine_has_a_health_port_of_its_own() -> None:
    ours = {
        "up": up.HEALTH_PORT,
        "worker infer": worker.INFER_PORT,
        "worker aggregate": worker.AGGREGATE_PORT,
        "serve": serve.HEALTH_PORT,
    }
    page = (ROOT / "docs/how-to/cameras.md").read_text("utf-8")

    assert len(set(ours.values())) == len(ours)
    for command in ("worker infer", "worker aggregate", "serve"):
        assert re.search(rf"`{command}`\s{ours[command]}\b", page)


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


@pytest.fixture
def head(cli_environment: Mapping[str, str], data_dir: Path) -> Iterator[str]:
    """Ray as `docs/how-to/scale-out.md` starts it; gives out its address."""
    make_token(data_dir)
    told = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(data_dir / "ray-token")}
    with tempfile.TemporaryDirectory(prefix="mt-", ignore_cleanup_errors=True) as folder:
        address = f"127.0.0.1:{free_port()}"
        words = ["start", "--head", "--block", "--port", address.partition(":")[2]]
        words += ["--include-dashboard=false", "--temp-dir", folder, "--num-cpus=2"]
        process = subprocess.Popen(
            [Path(sys.executable).with_name("ray"), *words],
            env={**cli_environment, **told},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        children = psutil.Process(process.pid).children
        wait_until(lambda: listens(address), 30)
        wait_until(lambda: any("raylet" in child.name() for child in children()), 30)
        yield address
        for child in [*children(recursive=True), process]:  # it takes no notice of SIGTERM
            child.kill()
        process.wait()


@pytest.mark.slow
def test_another_model_takes_over_on_a_cluster_that_goes_on(
    cli_environment: Mapping[str, str], head: str, tmp_path: Path
) -> None:
    def serving(detector: str) -> AbstractContextManager[Running]:
        words = ("serve", "--address", head, "--detector", detector, "--health-port", "0")
        return running(*words, env=cli_environment, log=tmp_path / detector)

    with serving("yunet") as first, serving("centerface") as second:
        assert first.process.wait(40) == 0
        assert "has taken over" in first.said
        assert readiness(second) == HTTPStatus.OK
        assert second.terminate(30) < 30
        assert second.process.returncode == 0

    assert listens(head)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(address: str) -> bool:
    with suppress(OSError):
        require_listener(address)
        return True
    return False


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
