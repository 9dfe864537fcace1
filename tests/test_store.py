import subprocess
from threading import Thread
from typing import Any

import pytest
import redis
from msgspec.structs import replace

from moodtrace import store_writer
from moodtrace.embedded import server_binary
from moodtrace.errors import (
    BusyError,
    MoodtraceError,
    ServerAwayError,
    StoredDataError,
    UnknownScreeningError,
)
from moodtrace.ledger import CameraLedger
from moodtrace.store import Store
from moodtrace.timeline import Row, gap
from tests.factories import row, screening, viewer


@pytest.fixture
def client(store: Store) -> redis.Redis:
    """The way of those who meddle with what is stored."""
    return store.cameras._client


def rows(*seconds: int) -> list[Row]:
    return [row(second, viewer()) for second in seconds]


def write(store: Store, name: str, count: int) -> None:
    with store.claim(name, "run-1") as writer:
        writer.begin(screening(name), {"front": CameraLedger()}, fresh=True)
        writer.append(rows(*range(count)), {"front": CameraLedger(captured=count, analysed=count)})


def test_what_is_written_is_read_back(store: Store) -> None:
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append([*rows(0), gap(1, "no_frames")], {"front": CameraLedger(captured=1)})
        writer.append(rows(2), {"front": CameraLedger(captured=2, analysed=2)})
        running = store.screening("s1")

    assert running == screening()
    assert store.rows("s1") == [*rows(0), gap(1, "no_frames"), *rows(2)]
    assert store.ledger("s1") == {"front": CameraLedger(captured=2, analysed=2)}
    assert store.next_second("s1") == 3


def test_a_second_writer_is_refused(store: Store) -> None:
    with store.claim("s1", "run-1"), pytest.raises(BusyError):
        store.claim("s1", "run-2")

    store.claim("s1", "run-3").__exit__(None, None, None)


def test_a_writer_that_lost_its_claim_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "CLAIM_MS", 1)  # a writer frozen for longer than its claim
    zombie = store.claim("s1", "run-1")
    monkeypatch.undo()
    while True:
        try:
            writer = store.claim("s1", "run-2")
            break
        except BusyError:
            continue
    with writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append(rows(0), {})

        with pytest.raises(BusyError):
            zombie.append(rows(0, 1), {"front": CameraLedger(captured=9)})
        zombie.__exit__(None, None, None)
        with pytest.raises(BusyError):
            store.claim("s1", "run-3")  # the zombie did not give away what was not its own

    assert (store.rows("s1"), store.ledger("s1")) == (rows(0), {})


def test_a_writer_that_slept_goes_on_if_nobody_took_its_place(
    store: Store, client: redis.Redis
) -> None:
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        client.delete("{s1}:writer")  # as when the claim runs out
        writer.append(rows(0), {})
        with pytest.raises(BusyError):
            store.claim("s1", "run-2")

    assert store.rows("s1") == rows(0)


def test_a_writer_that_slept_while_another_came_and_went_changes_nothing(
    store: Store, client: redis.Redis
) -> None:
    with store.claim("s1", "run-1") as slept:
        slept.begin(screening(), {}, fresh=True)
        client.delete("{s1}:writer")
        with store.claim("s1", "run-2") as other:
            other.begin(screening(), {}, fresh=True)
            other.append(rows(0, 1), {})
        with pytest.raises(BusyError):
            slept.append(rows(0), {})

    assert store.rows("s1") == rows(0, 1)


def test_a_run_that_never_began_leaves_nothing_behind(store: Store) -> None:
    with store.claim("s1", "run-1") as writer:
        assert writer.raise_epochs(["front"]) == {"front": 1}

    with store.claim("s1", "run-2") as writer:
        assert writer.raise_epochs(["front"]) == {"front": 1}
    assert store.screenings() == []


def test_epochs_rise_at_every_open(store: Store) -> None:
    write(store, "s1", 1)

    epochs = []
    for token in ("run-2", "run-3"):
        with store.claim("s1", token) as writer:
            epochs.append(writer.raise_epochs(["front", "left"]))
    assert epochs == [{"front": 1, "left": 1}, {"front": 2, "left": 2}]


def test_a_fresh_start_forgets_the_rows_of_the_earlier_run(store: Store) -> None:
    write(store, "s1", 5)
    write(store, "s1", 2)

    assert store.rows("s1") == rows(0, 1)


def test_deleting_a_screening_leaves_the_others_and_nothing_of_itself(store: Store) -> None:
    write(store, "s1", 3)
    write(store, "s10", 3)

    store.delete("s1")

    assert [found.id for found in store.screenings()] == ["s10"]
    assert store.rows("s10") == rows(0, 1, 2)
    assert store.rows("s1") == []
    with pytest.raises(UnknownScreeningError):
        store.delete("s1")


def test_a_screening_that_is_being_written_is_not_deleted(store: Store) -> None:
    write(store, "s1", 1)

    with store.claim("s1", "run-2"), pytest.raises(BusyError):
        store.delete("s1")


def test_a_run_whose_writer_was_killed_shows_as_interrupted(store: Store) -> None:
    write(store, "s1", 1)

    assert store.screening("s1").state == "interrupted"


def test_screenings_are_listed_newest_first(store: Store) -> None:
    for number, name in enumerate(["old", "new"]):
        record = screening(name)
        later = record.run.started_at.replace(day=number + 1)
        with store.claim(name, name) as writer:
            writer.begin(replace(record, run=replace(record.run, started_at=later)), {}, fresh=True)

    assert [found.id for found in store.screenings()] == ["new", "old"]


def test_a_store_that_is_away_is_named_without_its_password() -> None:
    store = Store("redis://user:canary@127.0.0.1:1/0")

    with pytest.raises(ServerAwayError) as caught:
        store.check()
    store.close()

    assert "redis://user:***@127.0.0.1:1/0" in caught.value.lines()[1]
    assert "canary" not in str(caught.value.lines())


def test_a_wrong_password_is_told_apart_from_a_server_that_is_away(tmp_path: Any) -> None:
    socket = tmp_path / "s"
    words = ["--port", "0", "--unixsocket", str(socket), "--requirepass", "right", "--save", ""]
    server = subprocess.Popen(
        [server_binary(), *words, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    store = Store(f"unix://:canary@{socket}")
    try:
        with pytest.raises(MoodtraceError) as caught:
            while True:
                try:
                    store.check()
                except ServerAwayError:
                    if server.poll() is not None:
                        raise
    finally:
        store.close()
        server.terminate()
        server.wait(timeout=10)

    assert caught.value.exit_code == 77
    assert "canary" not in str(caught.value.lines()[1])


def test_two_screenings_are_written_at_the_same_time(store: Store) -> None:
    threads = [Thread(target=write, args=(store, name, 200)) for name in ("s1", "s2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.rows("s1") == store.rows("s2") == rows(*range(200))


def test_a_record_changed_by_hand_is_named_and_no_traceback(
    store: Store, client: redis.Redis
) -> None:
    write(store, "s1", 1)
    client.set("{s1}:row:0", b'{"second": "nought"}')

    with pytest.raises(StoredDataError) as caught:
        store.rows("s1")

    assert "$.second" in caught.value.what
    assert "s1" in caught.value.where


def test_one_record_that_cannot_be_read_takes_nothing_else_down(
    store: Store, client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    write(store, "good", 1)
    write(store, "bad", 1)
    client.set("{bad}:screening", b"{}")

    assert [found.id for found in store.screenings()] == ["good"]
    assert "bad" in caplog.text
    store.delete("bad")
    with pytest.raises(UnknownScreeningError):
        store.screening("bad")
