import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from moodtrace.errors import BusyError, CannotWriteError, NotAllowedError, ServerAwayError
from workers.ray_access import announced_address, announcing, make_token, require_free, show_token


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.setenv(name, "")  # and put back afterwards


def test_a_token_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    make_token(tmp_path / "data")
    file = tmp_path / "data/ray-token"
    token = file.read_text()
    make_token(tmp_path / "data")

    assert file.read_text() == token
    assert len(token) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_ray_is_shown_our_token_unless_it_has_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAllowedError, match="no token"):
        show_token(tmp_path)

    make_token(tmp_path)
    show_token(tmp_path)
    assert os.environ["RAY_AUTH_TOKEN_PATH"] == str(tmp_path / "ray-token")

    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "another")
    show_token(tmp_path)
    assert os.environ["RAY_AUTH_TOKEN_PATH"] == ""


def test_the_address_is_known_while_the_cluster_runs(tmp_path: Path) -> None:
    with announcing(tmp_path) as announce:
        with pytest.raises(ServerAwayError, match="only begun"):
            announced_address(tmp_path)
        announce("10.0.0.1:6379")
        assert announced_address(tmp_path) == "10.0.0.1:6379"

        with pytest.raises(BusyError, match="already"), announcing(tmp_path):
            pass
        with pytest.raises(BusyError, match="already"):
            require_free(tmp_path, "10.0.0.2:6379")
        require_free(tmp_path, "10.0.0.1:6379")

    with pytest.raises(ServerAwayError, match="moodtrace serve"):
        announced_address(tmp_path)
    with announcing(tmp_path), pytest.raises(ServerAwayError):
        announced_address(tmp_path)  # the old one is forgotten


def test_who_takes_over_waits_until_its_predecessor_ends(tmp_path: Path) -> None:
    with ExitStack() as before, ThreadPoolExecutor() as pool:
        before.enter_context(announcing(tmp_path))

        def take_over() -> str:
            with announcing(tmp_path, patience_s=10) as announce:
                announce("10.0.0.1:6379")
                return announced_address(tmp_path)

        taken = pool.submit(take_over)
        with pytest.raises(TimeoutError):
            taken.result(0.5)
        before.close()

        assert taken.result(10) == "10.0.0.1:6379"


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotWriteError, match="can't be used"):
        make_token(tmp_path / "file/data")
