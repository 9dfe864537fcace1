import subprocess
from threading import Event, Thread
from typing import Any

import msgspec
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
    StoreFellBackError,
    UnknownScreeningError,
)
from moodtrace.ledger import CameraLedger
from moodtrace.rollup import Bucket, rolled
from moodtrace.store import Store
from moodtrace.timeline import Row, gap
from tests.factories import row, screening, viewer
from workers.identity import Identity
from workers.live_writer import LiveWriter


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


def test_a_row_from_before_rows_were_compressed_is_read(store: Store) -> None:
    write(store, "s1", 1)
    whole = store._client.strlen("{s1}:row:0")
    store._client.set("{s1}:row:0", msgspec.json.encode(row(0, viewer())))

    assert store.rows("s1") == rows(0)
    assert whole < store._client.strlen("{s1}:row:0")
    store._client.set("{s1}:row:0", b"\x78\x9ctorn")
    with pytest.raises(StoredDataError):
        store.rows("s1")


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


def lose_the_last_row(store: Store) -> None:
    """Leave what a server has that was killed before it wrote the end of its file."""
    store._client.set("{s1}:progress", store.next_second("s1") - 1)
    store._client.delete(f"{{s1}}:row:{store.next_second('s1')}")


def test_a_writer_leaves_no_hole_in_a_store_that_lost_rows(store: Store) -> None:
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append(rows(0, 1), {})
        lose_the_last_row(store)

        with pytest.raises(StoreFellBackError, match="lost what was written last"):
            writer.append(rows(2), {})
        assert store.rows("s1") == rows(0)
        writer.fall_back()
        writer.append(rows(1, 2), {})

    assert store.rows("s1") == rows(0, 1, 2)


def test_a_live_timeline_has_a_gap_where_the_store_lost_rows(store: Store) -> None:
    with store.claim("s1", "before") as before:
        before.begin(screening(), {}, fresh=True)
    identity = Identity("yunet", "mini-xception", None, "", screening().thresholds)
    writer = LiveWriter(store, "s1", identity, Event())
    writer.append(rows(0, 1), {})
    lose_the_last_row(store)

    writer.append(rows(2), {})

    assert [row.gap or "ok" for row in store.rows("s1")] == ["ok", "data_lost", "ok"]
    writer.suspend()


def buckets(store: Store, length_s: int) -> list[Bucket]:
    record = store.screening("s1")
    stored = store.rollups(record, length_s)
    assert stored == rolled(store.rows("s1"), length_s, record.k)
    return stored


def test_buckets_are_stored_with_their_last_second_whoever_writes_it(store: Store) -> None:
    people = viewer("happy"), viewer("sad")
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append([row(second, *people) for second in range(55)], {})
    with store.claim_exact("s1", "run-2") as exact:  # who goes on looks back for the rest
        exact.begin(screening(), {}, fresh=False)
        exact.close([row(second, people[0]) for second in range(55, 64)], {})
        exact.append([], {})

    stored = {name.decode() for name in store._client.scan_iter("{s1}:rollup:*")}
    assert stored == {
        f"{{s1}}:rollup:{of}" for of in ("10:0", "10:10", "10:20", "10:30", "10:40")
    } | {
        "{s1}:rollup:10:50",
        "{s1}:rollup:60:0",
    }
    assert [bucket.seconds for bucket in buckets(store, 10)] == [10] * 6 + [4]
    assert [bucket.seconds for bucket in buckets(store, 60)] == [60, 4]
    assert buckets(store, 60)[0].usable_s == 2 * 55 + 5


def test_only_the_rows_of_the_last_bucket_are_read_beside_buckets(store: Store) -> None:
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append([row(second, viewer()) for second in range(25)], {})
    store._client.delete(*(f"{{s1}}:row:{second}" for second in range(20)))

    found = store.rollups(store.screening("s1"), 10)

    assert [(bucket.start, bucket.seconds) for bucket in found] == [(0, 10), (10, 10), (20, 5)]
    assert store.rollups(store.screening("s1"), 10, start=15) == found[1:]


def test_buckets_of_what_is_written_anew_or_lost_go_with_it(store: Store) -> None:
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append([row(second, viewer("sad")) for second in range(70)], {})
        store._client.set("{s1}:progress", 5)  # as if the last writes had been lost
        with pytest.raises(StoreFellBackError):
            writer.append([row(70)], {})
        writer.fall_back()
        writer.append([gap(second, "data_lost") for second in range(5, 62)], {})
        assert buckets(store, 60)[0].gaps == {"data_lost": 55}
    with store.claim("s1", "run-2") as writer:
        writer.begin(screening(), {}, fresh=True)
        assert list(store._client.scan_iter("{s1}:rollup:*")) == []
        writer.append([row(second, viewer("happy")) for second in range(10)], {})
    assert [bucket.usable_s for bucket in buckets(store, 10)] == [10]
    store.delete("s1")
    assert list(store._client.scan_iter("{s1}:*")) == []


def test_buckets_of_a_timeline_without_any_are_made_of_its_rows(store: Store) -> None:
    with store.claim("s1", "run-1") as writer:
        writer.begin(screening(), {}, fresh=True)
        writer.append([row(second, viewer()) for second in range(25)], {})
    store._client.delete("{s1}:rollup:10:0")  # as an earlier version left it

    assert [bucket.seconds for bucket in buckets(store, 10)] == [10, 10, 5]
