from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_reader import read_all
from moodtrace.bus_topics import SCREENINGS
from moodtrace.clock import wall_ms
from moodtrace.commands.janitor import keep_clean
from moodtrace.deletion import delete, purge
from moodtrace.errors import BusyError, UnknownScreeningError
from moodtrace.playhead import PlayEvent
from moodtrace.retention import deleted_at, due
from moodtrace.screening import ScreeningDeleted
from moodtrace.store import Store
from tests.factories import row, screening, viewer

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def write(store: Store, name: str, started_at: datetime) -> None:
    record = replace(screening(name), state="finished")
    record = replace(record, run=replace(record.run, started_at=started_at))
    with store.claim(name, name) as writer:
        writer.begin(record, {}, fresh=True)
        writer.append([row(0, viewer())], {})


@pytest.mark.parametrize(("age", "is_due"), [(89 * DAY, False), (90 * DAY, True), (DAY, False)])
def test_what_was_kept_for_its_days_is_due(age: timedelta, is_due: bool) -> None:
    assert due({"s1": NOW - age}, 90, NOW) == ["s1"] * is_due
    ends_at = deleted_at(NOW - age, 90)
    assert ends_at is not None
    assert (ends_at <= NOW) is is_due
    assert deleted_at(NOW - age, None) is None


def test_the_old_are_deleted_and_nothing_younger_is_touched(store: Store) -> None:
    write(store, "old", NOW - 91 * DAY)
    write(store, "young", NOW - 89 * DAY)
    before = store.rows("young")

    assert purge(store, 90, NOW, None) == ["old"]
    assert list(store.started_at()) == ["young"]
    assert store.rows("young") == before
    assert purge(store, 90, NOW, None) == []


def test_one_that_runs_or_is_written_waits(store: Store) -> None:
    live = replace(screening("shown"), live=True)
    store.live.start(live, [PlayEvent(kind="play", at_ms=wall_ms())])
    write(store, "written", NOW - 91 * DAY)

    with store.claim("written", "run-2"):
        assert purge(store, 1, NOW, None) == []
    assert purge(store, 1, NOW, None) == ["written"]
    assert store.screening("shown").state == "running"


def test_a_record_that_can_t_be_read_is_deleted_by_age_too(store: Store) -> None:
    write(store, "old", NOW - 91 * DAY)
    store._client.set("{old}:screening", b'{"id": "old"}')

    assert purge(store, 90, NOW, None) == ["old"]
    assert not store.started_at()


def test_deleting_what_is_shown_is_refused(store: Store) -> None:
    store.live.start(replace(screening("s1"), live=True), [])

    with pytest.raises(BusyError):
        delete(store, "s1", None)
    with pytest.raises(UnknownScreeningError):
        delete(store, "s2", None)


def test_kafka_is_told_before_anything_is_deleted(store: Store, cluster: Cluster) -> None:
    write(store, "s1", NOW)
    delete(store, "s1", cluster)

    assert list(read_all(cluster, SCREENINGS)) == [ScreeningDeleted(screening_id="s1")]
    assert store.find("s1") is None


def test_the_janitor_deletes_at_once_and_again_until_it_is_told_to_end(store: Store) -> None:
    write(store, "old", NOW - 91 * DAY)
    write(store, "younger", NOW - 89 * DAY)
    stop, times = Event(), iter([NOW, NOW + DAY])

    def now() -> datetime:
        at = next(times)
        if at > NOW:
            stop.set()
        return at

    keep_clean(store, 90, None, stop, now, every_s=0.01)
    assert not store.started_at()


def test_without_days_nothing_is_deleted(store: Store) -> None:
    write(store, "old", NOW - 9999 * DAY)
    keep_clean(store, None, None, Event())
    assert list(store.started_at()) == ["old"]


def test_a_store_that_is_away_does_not_end_the_janitor(tmp_path: Path) -> None:
    store, stop = Store(f"unix://{tmp_path / 's'}"), Event()
    asked: list[None] = []

    def now() -> datetime:
        asked.append(None)
        if len(asked) == 2:
            stop.set()
        return NOW

    keep_clean(store, 90, None, stop, now, every_s=0.01)
    store.close()
    assert len(asked) == 2
