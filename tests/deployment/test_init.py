"""What `deploy/init.sh` leaves behind."""

from pathlib import Path

from moodtrace.commands.config import read_config
from moodtrace.commands.live_job import known_addresses
from tests.conftest import ROOT
from tests.deployment.prepared import Host, initialised


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_secrets_are_random_and_others_on_the_host_do_not_see_them(host: Host) -> None:
    secrets = [(host.secrets / name).read_text() for name in ("redis_password", "ray_token")]

    assert len({*secrets}) == 2
    assert all(len(secret.strip()) == 64 for secret in secrets)
    assert host.secrets.stat().st_mode & 0o077 == 0
    assert (host.secrets / "redis_password").stat().st_mode & 0o004  # for users of containers


def test_what_is_there_is_left_alone(host: Host) -> None:
    (host.folder / ".env").write_text("DETECTOR=centerface\n")
    before = contents(host.folder)
    initialised(host.folder)

    assert contents(host.folder) == before


def test_what_it_makes_is_for_nobody_s_eyes_or_repositories() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()

    assert {".env", "deploy/config/", "deploy/secrets/"} <= set(ignored)


def test_the_cameras_that_it_begins_with_are_right(host: Host) -> None:
    cameras = read_config(host.folder / "deploy/config/moodtrace.yaml", known_addresses)

    assert cameras["room"].source == "rtsp://camera:8554/room"
