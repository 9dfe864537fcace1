import json
from pathlib import Path

from tests.conftest import Cli


def test_cameras_are_added_listed_switched_and_removed(cli: Cli) -> None:
    empty = cli("camera", "list")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "moodtrace camera add" in empty.stderr

    drawn = ("--mask", "0,0 0.1,0 0.1,1", "--zone", "left=0,0 0.5,0 0.5,1 0,1")
    added = cli("camera", "add", "front", "rtsp://10.0.0.7/x", "--audience", "panel", *drawn)
    assert added.returncode == 0, added.stderr
    assert cli("camera", "disable", "front").returncode == 0

    (camera,) = json.loads(cli("camera", "list", "--json").stdout)
    assert (camera["name"], camera["enabled"]) == ("front", False)
    assert camera["status"]["state"] == "unknown"
    assert camera["masks"] == [[[0.0, 0.0], [0.1, 0.0], [0.1, 1.0]]]
    assert camera["zones"]["left"][1] == [0.5, 0.0]
    assert "disabled" in cli("camera", "list").stdout

    again = cli("camera", "add", "front", "rtsp://10.0.0.8/x", "--audience", "panel")
    assert again.returncode == 75
    assert cli("camera", "remove", "front").returncode == 0
    assert cli("camera", "remove", "front").returncode == 66


def test_a_password_in_a_url_is_refused_and_not_repeated(cli: Cli) -> None:
    refused = cli("camera", "add", "front", "rtsp://u:canary@10.0.0.7/x", "--audience", "panel")

    assert refused.returncode == 2
    assert "canary" not in refused.stdout + refused.stderr
    assert "password_env" in refused.stderr


def test_a_screening_is_started_paused_and_stopped(cli: Cli, tmp_path: Path) -> None:
    cli("camera", "add", "front", "rtsp://10.0.0.7/x", "--audience", "panel")
    markers = tmp_path / "scenes.csv"
    markers.write_text("start_ms,end_ms,label,kind\n0,1000,opening,scene\n")

    started = cli(
        *("screening", "start", "--content", "spring", "--audience", "panel"),
        *("--markers", str(markers), "--notice", "You are filmed."),
    )
    assert started.returncode == 0, started.stderr
    name = started.stdout.strip()

    busy = cli("screening", "start", "--content", "autumn", "--audience", "panel")
    assert busy.returncode == 75
    assert f"moodtrace screening stop {name}" in busy.stderr
    (entry,) = json.loads(cli("screening", "list", "--json").stdout)
    assert (entry["id"], entry["state"], entry["cameras"]) == (name, "running", ["front"])

    assert cli("screening", "pause", name).returncode == 0
    assert cli("screening", "seek", name, "0:30").returncode == 0
    assert cli("screening", "seek", name, "half past").returncode == 2
    assert cli("screening", "play", name).returncode == 0
    assert cli("screening", "stop", name).returncode == 0
    assert cli("screening", "stop", name).returncode == 2
    assert cli("screening", "stop", "nobody").returncode == 66


def test_an_id_that_a_later_viewing_could_have_is_refused(cli: Cli) -> None:
    options = ("screening", "start", "--content", "spring", "--audience", "panel", "--id")

    assert cli(*options, "spring.2").returncode == 2
    assert cli(*options, "spring 2.0 b").returncode == 0


def test_markers_with_other_columns_are_refused(cli: Cli, tmp_path: Path) -> None:
    markers = tmp_path / "scenes.csv"
    markers.write_text("from,to\n")

    refused = cli(
        *("screening", "start", "--content", "a", "--audience", "b", "--markers", str(markers))
    )

    assert refused.returncode == 2
    assert f"{markers}:1" in refused.stderr


def test_a_file_of_cameras_is_checked_as_a_whole(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "moodtrace.yaml"
    file.write_text("defaults: {audience: panel}\ncameras:\n  a: {fsp: 5}\n  b: {}\n")

    refused = cli("config", "validate", file)
    assert refused.returncode == 78
    assert [line.partition(": ")[0] for line in refused.stderr.splitlines()] == [
        f"{file}:3",
        f"{file}:4",
    ]
    assert [m["line"] for m in json.loads(cli("config", "validate", file, "--json").stdout)] == [
        3,
        4,
    ]
    assert cli("config", "validate", tmp_path / "none.yaml").returncode == 78

    file.write_text("defaults: {audience: panel}\ncameras:\n  a: {source: 'rtsp://10.0.0.7/x'}\n")
    assert cli("config", "validate", file).returncode == 0
    assert json.loads(cli("config", "show", file).stdout)["a"]["audience"] == "panel"
    assert "cameras" in json.loads(cli("config", "schema").stdout)["properties"]
