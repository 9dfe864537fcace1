import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import typer
from msgspec.structs import replace

from moodtrace.commands.doctor import doctor
from moodtrace.store import Store
from tests.conftest import ROOT, Cli
from tests.factories import screening


@pytest.fixture
def replayed(cli: Cli, footage: Callable[[str], Path]) -> str:
    """The id of a short screening."""
    clip = footage("face_noface.mov")
    assert cli("replay", clip, "--screening", "spring a").returncode == 0
    return "spring a"


def test_an_empty_store_says_how_to_fill_it(cli: Cli) -> None:
    listed = cli("screening", "list")

    assert (listed.returncode, listed.stdout) == (0, "")
    assert "moodtrace demo" in listed.stderr
    assert json.loads(cli("screening", "list", "--json").stdout) == []


def test_screenings_are_listed_shown_and_deleted(cli: Cli, replayed: str) -> None:
    listed = json.loads(cli("screening", "list", "--json").stdout)
    assert [(entry["id"], entry["state"]) for entry in listed] == [(replayed, "finished")]
    assert replayed in cli("screening", "list").stdout
    assert "Neutral" in cli("screening", "show", replayed).stdout

    asked = cli("screening", "delete", replayed)  # no terminal to ask on: nothing is deleted
    assert asked.returncode != 0
    assert cli("screening", "show", replayed).returncode == 0

    assert cli("screening", "delete", replayed, "--yes").returncode == 0
    assert cli("screening", "show", replayed).returncode == 66
    assert cli("screening", "delete", replayed, "--yes").returncode == 66


def test_a_screening_is_purged_once_its_days_are_over(cli: Cli, store: Store) -> None:
    with store.claim("old", "run-1") as writer:
        writer.begin(replace(screening("old"), state="finished"), {}, fresh=True)
    unset = cli("screening", "purge", "--yes")
    assert (unset.returncode, "MOODTRACE_RETENTION_DAYS" in unset.stderr) == (78, True)

    longer = {"MOODTRACE_RETENTION_DAYS": "36500"}
    (entry,) = json.loads(cli("screening", "list", "--json", env=longer).stdout)
    assert entry["deleted_at"] == "2125-12-08T00:00:00+00:00"
    assert "Deleted 0 screenings" in cli("screening", "purge", env=longer).stderr

    shorter = {"MOODTRACE_RETENTION_DAYS": "1"}
    assert cli("screening", "purge", env=shorter).returncode == 2  # no terminal to ask on
    assert "Deleted 1 screening of more than 1 day." in (
        cli("screening", "purge", "--yes", env=shorter).stderr
    )
    assert store.find("old") is None


def test_a_screening_is_exported_in_every_format(cli: Cli, replayed: str, tmp_path: Path) -> None:
    for name in ("json", "csv", "parquet", "png", "pdf", "manifest"):
        target = tmp_path / f"out.{name}"
        done = cli("export", replayed, "--format", name, "-o", target)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert target.stat().st_size > 100

    assert (tmp_path / "out.json").read_text() == cli("export", replayed).stdout
    assert (tmp_path / "out.csv").read_text().startswith("t,status,")
    begins = {"parquet": b"PAR1", "png": b"\x89PNG", "pdf": b"%PDF"}
    for name, begin in begins.items():
        assert (tmp_path / f"out.{name}").read_bytes().startswith(begin)
    again = tmp_path / "again.pdf"
    done = cli("export", "--manifest", tmp_path / "out.manifest", "--format", "pdf", "-o", again)
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == (tmp_path / "out.pdf").read_bytes()


def test_the_figures_of_ad_testing_come_with_intervals(cli: Cli, replayed: str) -> None:
    told = cli("metrics", replayed, "--window", "start=0-2", "--emotion", "neutral")
    assert told.returncode == 0, told.stderr
    assert "too few to conclude from" in told.stdout
    assert "start: 0:00 until 0:02" in told.stdout
    assert "Happiness" not in told.stdout
    assert re.search(r"size, px +\d+ +16 .* 256 +256 or more", told.stdout)

    found = json.loads(cli("metrics", replayed, "--window", "0-2", "--json").stdout)
    assert found["verdict"] == "exploratory"
    assert found["screening"]["id"] == replayed
    assert found["emotions"]["neutral"]["ever"]["n"] == found["usable"] > 0
    assert found["windows"][0]["name"] == "0-2"
    assert found["quality"] == json.loads(cli("export", replayed).stdout)["quality"]
    assert sum(found["quality"]["size_px"]["counts"]) > 0
    assert cli("metrics", replayed, "--window", "2-2").returncode == 2
    assert cli("metrics", "unknown").returncode == 66


def test_a_baseline_is_taken_off_on_reading_and_what_is_stored_stays(
    cli: Cli, footage: Callable[[str], Path]
) -> None:
    """A woman cries from the first second on, which `first` takes for her face; then she laughs."""
    clip = footage("WolfgangLanger_Pexels.mp4")
    assert cli("replay", clip, "--screening", "w").returncode == 0
    raw, first = (
        json.loads(cli("export", "w", "--baseline", baseline).stdout)
        for baseline in ("none", "first")
    )
    figures = json.loads(cli("metrics", "w", "--baseline", "first", "--json").stdout)
    told = cli("metrics", "w", "--baseline", "first").stdout

    assert raw == json.loads(cli("export", "w").stdout)
    assert raw["provenance"] == first["provenance"]
    assert (raw["screening"]["baseline"], raw["screening"]["baseline_moved"]) == ("none", None)
    assert raw["metrics"]["sad"]["average"] > 0.25 > first["metrics"]["sad"]["average"]
    assert first["metrics"]["happy"]["average"] >= 0.4
    assert 0.25 < first["screening"]["baseline_moved"] < 0.6
    assert figures["screening"]["baseline"] == "first"
    assert figures["screening"]["baseline_moved"] == first["screening"]["baseline_moved"]
    assert figures["emotions"]["sad"]["average"]["value"] == first["metrics"]["sad"]["average"]
    assert "Baseline: each viewer's first 5 s. With it, " in told
    assert cli("metrics", "w", "--baseline", "mean").returncode == 2


def test_an_export_that_cannot_be_written_is_refused(
    cli: Cli, replayed: str, tmp_path: Path
) -> None:
    done = cli("export", replayed, "-o", tmp_path / "no folder" / "out.json")

    assert done.returncode == 73
    assert str(tmp_path) in done.stderr
    assert cli("export", "unknown").returncode == 66


@pytest.mark.parametrize(
    "arguments", [(), ("s1", "--manifest", "m.json"), ("--manifest", "m", "--baseline", "first")]
)
def test_an_export_is_of_a_screening_or_a_manifest(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli("export", *arguments).returncode == 2


def test_a_manifest_of_what_was_replayed_since_is_refused(
    cli: Cli, replayed: str, tmp_path: Path
) -> None:
    manifest = tmp_path / "m.json"
    assert cli("export", replayed, "--format", "manifest", "-o", manifest).returncode == 0
    manifest.write_text(re.sub(r'(content_sha256": ")....', r"\g<1>0000", manifest.read_text()))

    done = cli("export", "--manifest", manifest)
    assert done.returncode == 65
    assert "0000" in done.stderr


def test_a_dash_is_stdout(cli: Cli, replayed: str) -> None:
    assert cli("export", replayed, "-o", "-").stdout == cli("export", replayed).stdout != ""


def test_a_reader_that_leaves_early_is_no_error(
    cli_environment: Mapping[str, str], replayed: str
) -> None:
    pipe = f"{sys.executable} -m moodtrace export '{replayed}' | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", pipe], env=cli_environment, capture_output=True, text=True
    )

    assert done.stderr == ""


def test_models_are_listed_with_their_use(cli: Cli) -> None:
    cards = {card["id"]: card for card in json.loads(cli("models", "list", "--json").stdout)}

    assert cards["mini-xception"]["use"] == "research-only"
    assert cards["centerface"]["present"]
    assert "mini-xception" in cli("models", "list").stdout
    assert cli("models", "pull", "nope").returncode == 2


@pytest.fixture
def without_torch(tmp_path: Path) -> dict[str, str]:
    """The environment of a process in which torch can't be found."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}


def test_without_torch_mtcnn_is_left_out_unless_it_is_named(
    cli: Cli, without_torch: Mapping[str, str], tmp_path: Path
) -> None:
    bare = {"MOODTRACE_DATA_DIR": str(tmp_path / "bare"), "MOODTRACE_WEIGHTS_DIR": ""}

    everything = cli("models", "pull", env=without_torch)
    named = cli("models", "pull", "mtcnn", env={**without_torch, **bare})

    left_out = 'mtcnn: left out, for it needs torch: pip install "moodtrace[torch]"'
    assert left_out in everything.stderr
    assert "ssd: " in everything.stderr
    assert named.returncode == 78
    assert "converting the weights of mtcnn needs torch" in named.stderr


def test_a_detector_that_needs_torch_says_so_in_three_lines(
    cli: Cli, without_torch: Mapping[str, str], footage: Callable[[str], Path]
) -> None:
    clip = footage("no_face.mp4")

    done = cli("replay", clip, "--screening", "w", "--detector", "mtcnn", env=without_torch)

    assert done.returncode == 78
    *_, what, where, what_to_do = done.stderr.splitlines()
    assert "mtcnn needs torch, which is not installed" in what
    assert where and 'pip install "moodtrace[torch]"' in what_to_do


def test_doctor_finds_what_is_missing_and_how_to_mend_it(cli: Cli, tmp_path: Path) -> None:
    found = json.loads(cli("doctor", "--json").stdout)
    by_check = {finding["check"]: finding for finding in found}
    assert by_check["store"]["ok"]
    assert by_check["weights mini-xception"]["ok"]

    bare_environment = {"MOODTRACE_DATA_DIR": str(tmp_path / "bare"), "MOODTRACE_WEIGHTS_DIR": ""}
    bare = cli("doctor", "--json", env=bare_environment)
    missing = {f["check"]: f for f in json.loads(bare.stdout)}["weights mini-xception"]
    assert bare.returncode == 78
    assert not missing["ok"]
    assert "moodtrace models pull" in missing["mend"]


def test_tables_that_are_piped_are_whole(cli: Cli, tmp_path: Path) -> None:
    bare = tmp_path / ("long " * 20) / "[bold] :smile:"
    found = cli("doctor", env={"MOODTRACE_DATA_DIR": str(bare), "COLUMNS": "80"}).stdout
    models = cli("models", "list", env={"COLUMNS": "40"}).stdout

    assert f"data in {bare}" in found
    assert all(len(line.split()) > 4 for line in models.splitlines())


def test_a_part_that_is_not_installed_comes_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    def absent(package: str) -> str:
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setenv("MOODTRACE_DATA_DIR", str(data_dir))
    monkeypatch.setattr(importlib.metadata, "version", absent)
    with pytest.raises(typer.Exit):
        doctor()

    (ray,) = [line for line in capsys.readouterr().out.splitlines() if "package ray" in line]
    assert 'pip install -e ".[stream]"' in ray


def test_a_taken_port_is_refused_by_name(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = cli("dashboard", "--port", port)

    assert done.returncode == 73
    assert f"127.0.0.1:{port}" in done.stderr


def test_a_misspelt_setting_is_refused(cli: Cli) -> None:
    done = cli("screening", "list", env={"MOODTRACE_DATADIR": "/tmp/x"})  # noqa: S108

    assert done.returncode == 78
    assert "MOODTRACE_DATADIR" in done.stderr


COMMANDS = (
    (),
    ("demo",),
    ("replay",),
    ("screening",),
    ("screening", "list"),
    ("screening", "show"),
    ("screening", "delete"),
    ("export",),
    ("metrics",),
    ("compare",),
    ("annotate",),
    ("dashboard",),
    ("models",),
    ("models", "list"),
    ("models", "pull"),
    ("models", "evaluate"),
    ("models", "train"),
    ("models", "export"),
    ("doctor",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example_and_loads_nothing_heavy(command: tuple[str, ...]) -> None:
    script = (
        "import sys\n"
        f"sys.argv = ['moodtrace', *{command!r}, '--help']\n"
        "from moodtrace.commands.app import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    code = end.code\n"
        "heavy = {'numpy', 'cv2', 'av', 'onnxruntime', 'streamlit', 'redis', 'torch', 'ray',"
        " 'sklearn', 'matplotlib'}\n"
        "sys.exit(code or ', '.join(heavy & sys.modules.keys()) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )

    assert done.returncode == 0, done.stderr
    is_group = command in {(), ("screening",), ("models",)}
    assert is_group or re.search(r"Example: moodtrace " + " ".join(command), done.stdout)


def test_the_version_is_that_of_the_project() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "moodtrace", "--version"], capture_output=True, text=True
    )

    assert f'version = "{done.stdout.split()[1]}"' in (ROOT / "pyproject.toml").read_text()
