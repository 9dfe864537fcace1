import json
import signal
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from moodtrace.store import Store
from tests.commands.running import Running, running
from tests.conftest import Cli
from tests.factories import screening
from tests.waiting import wait_until

Environment = Mapping[str, str]


def up(config: Path, environment: Environment, tmp_path: Path) -> Any:
    arguments = ("up", "--no-dashboard", "--health-port", "0", "--config", config)
    return running(*arguments, env=environment, log=tmp_path / "up.log")


def start(cli: Cli, *options: str) -> str:
    begun = cli("screening", "start", "--content", "spring", "--audience", "panel", *options)
    assert begun.returncode == 0, begun.stderr
    return str(begun.stdout.strip())


def states(cli: Cli) -> dict[str, str]:
    entries = json.loads(cli("screening", "list", "--json").stdout)
    return {entry["id"]: entry["state"] for entry in entries}


def exported(cli: Cli, screening_id: str, file: Path) -> Any:
    assert cli("export", screening_id, "--format", "json", "-o", file).returncode == 0
    return json.loads(file.read_text())


def captured(process: Running) -> float:
    return process.metrics().get('moodtrace_frames_total{camera="front",outcome="captured"}', 0.0)


def control(process: Running, token: Path, path: str, **options: str) -> None:
    request = urllib.request.Request(  # noqa: S310
        process.health + path,
        data=json.dumps(options).encode(),
        headers={"Authorization": f"Bearer {token.read_text()}"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        assert answer.status == 200


def test_what_a_camera_sees_becomes_a_timeline_while_it_happens(
    cli: Cli, cli_environment: Environment, config: Path, tmp_path: Path, data_dir: Path
) -> None:
    with up(config, cli_environment, tmp_path) as process:
        name = start(cli, "--k", "1")
        wait_until(lambda: captured(process) >= 40, 40)
        control(process, data_dir / "ingest-token", f"/screenings/{name}/pause")
        time.sleep(2)
        paused_at = captured(process)
        time.sleep(2)
        assert captured(process) == paused_at  # nobody is analysed in a pause
        assert process.metrics()['moodtrace_frames_total{camera="front",outcome="not_shown"}'] >= 5

        control(process, data_dir / "ingest-token", f"/screenings/{name}/seek", to="0:00")
        control(process, data_dir / "ingest-token", f"/screenings/{name}/play")
        wait_until(lambda: captured(process) >= paused_at + 10, 20)
        assert cli("screening", "stop", name).returncode == 0
        wait_until(lambda: states(cli) == {name: "finished", f"{name}.2": "finished"}, 30)

        first = exported(cli, name, tmp_path / "first.json")
        again = exported(cli, f"{name}.2", tmp_path / "again.json")
        assert process.terminate() < 10
        assert process.process.returncode == 0

    for content in (first, again):
        ledger = content["ledger"]["front"]
        assert ledger["in_flight"] == 0
        assert ledger["captured"] == ledger["analysed"] + sum(ledger["dropped"].values())
        assert content["seconds"][0]["status"] == "ok"
    whole = [second for second in first["seconds"][1:-1] if second["status"] == "ok"]
    assert len(whole) >= 5
    assert all(second["usable"] >= 3 for second in whole)
    assert first["provenance"]["detector"] == "yunet"
    assert not (data_dir / "ingest-token").exists()


def test_a_killed_process_is_followed_by_one_that_goes_on(
    cli: Cli, cli_environment: Environment, config: Path, tmp_path: Path
) -> None:
    with up(config, cli_environment, tmp_path) as process:
        name = start(cli, "--k", "1")
        wait_until(lambda: captured(process) >= 40, 40)
        process.process.send_signal(signal.SIGKILL)
        process.process.wait(10)
    with up(config, cli_environment, tmp_path) as process:
        wait_until(lambda: captured(process) >= 60, 40)
        assert cli("screening", "stop", name).returncode == 0
        wait_until(lambda: states(cli) == {name: "finished"}, 40)

    content = exported(cli, name, tmp_path / "whole.json")
    times = [second["t"] for second in content["seconds"]]
    assert times == list(range(len(times)))
    assert content["ledger"]["front"]["in_flight"] == 0


def test_what_was_kept_long_enough_is_deleted_once_it_runs(
    cli_environment: Environment, config: Path, store: Store, tmp_path: Path
) -> None:
    with store.claim("old", "run-1") as writer:
        writer.begin(replace(screening("old"), state="finished"), {}, fresh=True)
    with up(config, {**cli_environment, "MOODTRACE_RETENTION_DAYS": "1"}, tmp_path) as process:
        wait_until(lambda: store.find("old") is None, 20)
        wait_until(lambda: "deleted by age" in process.said, 5)


def test_a_file_that_becomes_wrong_leaves_the_cameras_as_they_are(
    cli: Cli, cli_environment: Environment, config: Path, tmp_path: Path
) -> None:
    right = config.read_text()
    with up(config, cli_environment, tmp_path) as process:
        wait_until(lambda: "moodtrace_camera_up" in str(process.metrics()), 20)
        config.write_text("cameras: {front: {fsp: 5}}")
        wait_until(lambda: "cameras left as they are" in process.said, 10)
        (camera,) = json.loads(cli("camera", "list", "--json").stdout)
        assert camera["fps"] == 5.0

        config.write_text(right.replace('"audience"', '"fps": 2, "audience"'))
        wait_until(lambda: "cameras changed by file" in process.said, 10)
        (camera,) = json.loads(cli("camera", "list", "--json").stdout)
        assert camera["fps"] == 2.0
