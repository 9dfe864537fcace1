"""The Dockerfile against the code, without a container engine: promise G11."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import av
import pytest

from tests.conftest import ROOT
from tests.deployment.compose import DOCKERFILE, OURS, services, stages

STAGES = stages()
TARGETS = {
    service.raw["build"]["target"]: service
    for service in services().values()
    if service.raw["image"].startswith(OURS)
}
FFMPEG_FLOOR = (8, 1, 2)
"""What decodes hostile video is no older than what was tested; no audit of packages sees it."""


def built_on(name: str) -> list[str]:
    """A stage and those below it."""
    return [name, *built_on(STAGES[name].base)] if name in STAGES else []


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_every_target_is_a_stage_named_as_its_image() -> None:
    assert TARGETS.keys() <= STAGES.keys()
    for target, service in TARGETS.items():
        assert service.raw["image"].startswith(f"{OURS}{target}:")


def test_what_images_begin_with_is_pinned() -> None:
    for stage in STAGES.values():
        if stage.base not in STAGES:
            assert re.search(r":\d+\.\d+\.\d+", stage.base), stage.base


@pytest.mark.parametrize("target", TARGETS)
def test_nobody_runs_as_root(target: str) -> None:
    assert STAGES[target].user == "10001:10001"
    assert STAGES[target].health


@pytest.mark.parametrize("target", TARGETS)
def test_pip_and_its_cache_stay_behind(target: str) -> None:
    runs = [value for name in built_on(target) for word, value in STAGES[name].instructions]

    assert not [value for value in runs if "pip install" in value]


def test_torch_is_on_no_machine_without_a_gpu() -> None:
    copied = {
        name: [value for word, value in STAGES[name].instructions if "/opt/moodtrace /opt" in value]
        for name in STAGES
    }
    with_torch = {
        name
        for name, stage in STAGES.items()
        if any("torch" in value for _, value in stage.instructions)
    }

    assert with_torch == {"build-gpu"}
    taken = {name for name, froms in copied.items() if any("build-gpu" in it for it in froms)}
    assert taken == {"ray-gpu"}
    assert not [name for name in STAGES if "ray-gpu" in built_on(name)[1:]]


def test_versions_are_those_that_the_tests_ran_with() -> None:
    assert STAGES["build"].environment["PIP_CONSTRAINT"] == "/src/constraints.txt"
    python = re.search(r"python:3\.(\d+)\.", STAGES["base"].base)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert python
    assert f">=3.{python[1]}" == project["requires-python"]


def test_only_sources_go_to_the_engine() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert "*" in lines
    assert set(build["targets"]["wheel"]["packages"]) <= let_in
    assert {"README.md", "LICENSE", "pyproject.toml", "constraints.txt"} <= let_in
    assert not [name for name in let_in if "secret" in name or "config" in name or ".env" in name]
    for name in let_in:
        assert (ROOT / name).exists()


def test_ffmpeg_is_no_older_than_what_was_tested() -> None:
    found = re.match(r"n?(\d+)\.(\d+)(?:\.(\d+))?", av.ffmpeg_version_info)

    assert found, av.ffmpeg_version_info
    assert tuple(int(part or 0) for part in found.groups()) >= FFMPEG_FLOOR
