"""The store's user of the deployment may do what moodtrace does, and no more: promise G8."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.conftest import ROOT, Cli
from tests.deployment.prepared import Host, StoreServer, store_server

TESTS_OF_THE_STORE = sorted(path.name for path in (ROOT / "tests").glob("test_store*.py"))


@pytest.fixture
def server(host: Host, tmp_path: Path) -> Iterator[StoreServer]:
    with store_server(host, tmp_path / "store") as server:
        yield server


@pytest.fixture
def client(server: StoreServer, host: Host) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url(password=host.password)) as client:
        yield client


@pytest.mark.slow
def test_the_user_passes_all_tests_of_the_store(server: StoreServer, host: Host) -> None:
    tests = [str(ROOT / "tests" / name) for name in TESTS_OF_THE_STORE]
    named = {"MOODTRACE_TEST_REDIS": server.url(password=host.password), "CI": "true"}
    options = ["-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=ROOT,
        env={**os.environ, **named},
        capture_output=True,
        text=True,
    )

    assert len(tests) >= 4
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout


def test_footage_is_replayed_shown_and_deleted_as_this_user(
    server: StoreServer, host: Host, cli: Cli, footage: Callable[[str], Path]
) -> None:
    outside = {
        "MOODTRACE_REDIS_URL": server.url(),
        "MOODTRACE_REDIS_PASSWORD_FILE": str(host.secrets / "redis_password"),
    }
    for command in (
        ("replay", footage("face_noface.mov"), "--screening", "s1"),
        ("doctor",),
        ("screening", "delete", "s1", "--yes"),
    ):
        done = cli(*command, env=outside)
        assert done.returncode == 0, done.stderr
        assert host.password not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "CONFIG GET *",
        "CONFIG SET maxmemory 1",
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SHUTDOWN",
        "ACL LIST",
        "ACL SETUSER x",
        "MODULE LIST",
        "REPLICAOF NO ONE",
        "MONITOR",
        "SAVE",
        "SCRIPT FLUSH",
        "FUNCTION LIST",
        "CLIENT KILL ID 1",
        "PUBLISH news x",
        "GET somebody-else-s",
        "SET somebody-else-s x",
        "RENAME moodtrace:a moodtrace:b",
    ],
)
def test_what_moodtrace_never_does_is_refused(client: redis.Redis, command: str) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command.split())  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "script", ["return redis.call('FLUSHALL')", "return redis.call('GET','x')"]
)
def test_a_script_may_do_no_more_than_its_user(client: redis.Redis, script: str) -> None:
    with pytest.raises(redis.ResponseError, match=r"(?i)permission|ACL failure"):
        client.eval(script, 0)


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("user", ["default", "moodtrace"])
def test_nobody_gets_in_without_the_password(server: StoreServer, user: str, password: str) -> None:
    with (
        redis.Redis.from_url(server.url(user, password)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_nothing_is_evicted_and_everything_is_logged(client: redis.Redis) -> None:
    memory, persistence = client.info("memory"), client.info("persistence")

    assert memory["maxmemory_policy"] == "noeviction"
    assert memory["maxmemory"] == 768 << 20
    assert persistence["aof_enabled"] == 1


def test_an_empty_password_is_refused(host: Host, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    done = subprocess.run(
        ["sh", host.folder / "deploy/valkey/start.sh"],
        env={**os.environ, "PASSWORD_FILE": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (78, "the store's password is empty\n")
