from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from moodtrace import store_writer
from moodtrace.errors import BusyError, UnknownScreeningError, UsageError
from moodtrace.ledger import CameraLedger
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from tests.factories import screening
from tests.waiting import wait_until

PLAY = PlayEvent(kind="play", at_ms=1_000)
STOP = PlayEvent(kind="stop", at_ms=9_000)
SPRING = replace(screening("spring"), live=True, k=5)


def test_what_is_shown_is_known_until_it_is_stopped(store: Store) -> None:
    store.live.start(SPRING, [PLAY])
    store.live.act("spring", PlayEvent(kind="pause", at_ms=4_000))

    record, events = store.live.unfinished()["spring"]
    assert record == SPRING
    assert [event.kind for event in events] == ["play", "pause"]
    assert store.screening("spring").state == "running"  # though nobody writes it yet

    store.live.act("spring", STOP)
    assert store.live.running() == []
    assert store.screening("spring").state == "interrupted"  # nobody ever did
    assert list(store.live.unfinished()) == ["spring"]  # but somebody may
    store.live.finished("spring")
    assert store.live.unfinished() == {}


def test_an_audience_watches_one_thing_at_a_time(store: Store) -> None:
    store.live.start(SPRING, [PLAY])

    with pytest.raises(BusyError, match="is being shown something"):
        store.live.start(replace(SPRING, id="autumn"), [PLAY])
    with pytest.raises(BusyError, match="of this id"):
        store.live.start(replace(SPRING, audience="others"), [PLAY])
    with pytest.raises(BusyError, match="being shown"):
        store.delete("spring")

    store.live.act("spring", STOP)
    store.live.start(replace(SPRING, id="autumn"), [PLAY])
    store.delete("spring")
    assert [record.id for record in store.screenings()] == ["autumn"]


def test_only_what_is_shown_can_be_paused(store: Store) -> None:
    with pytest.raises(UnknownScreeningError):
        store.live.act("spring", STOP)
    store.live.start(SPRING, [PLAY])
    store.live.act("spring", STOP)

    with pytest.raises(UsageError, match="not being shown"):
        store.live.act("spring", STOP)


def test_a_later_viewing_has_a_record_of_its_own(store: Store) -> None:
    store.live.start(SPRING, [PLAY])

    assert store.live.open_camera("spring", 1, "front") == ("spring", 1)
    assert store.live.open_camera("spring", 1, "front") == ("spring", 2)
    assert store.live.open_camera("spring", 2, "front") == ("spring.2", 1)

    with store.claim("spring", "run-1") as writer:
        writer.begin(replace(SPRING, state="finished"), {}, fresh=False)
    store.live.open_viewing("spring", 3)
    assert store.screening("spring.3").state == "running"  # though the first is over
    again = store.screening("spring.2")
    assert (again.viewing, again.first, again.state) == (2, "spring", "running")


def test_the_ledger_is_what_ingest_captured_and_what_was_settled(store: Store) -> None:
    store.live.start(SPRING, [PLAY])
    store.live.book("spring", {"front": CameraLedger(captured=9, dropped={"overload": 2})})
    with store.claim("spring", "run-1") as writer:
        settled = {"front": CameraLedger(analysed=5, dropped={"late": 1})}
        writer.begin(SPRING, settled, fresh=False)

    counts = store.ledger("spring")["front"]
    assert counts == CameraLedger(captured=9, analysed=5, dropped={"overload": 2, "late": 1})
    assert counts.in_flight == 1


class Died(BaseException):
    """The process ended here."""


@contextmanager
def dying(store: Store, step: int, *, done: bool) -> Iterator[None]:
    """Let a process die at one of its commands, before it or just after it."""
    numbers = count()
    send: Callable[..., Any] = store.live._client.execute_command

    def die(*words: Any, **options: Any) -> Any:
        dies_here = next(numbers) == step
        if dies_here and not done:
            raise Died
        answer = send(*words, **options)
        if dies_here:
            raise Died
        return answer

    with pytest.MonkeyPatch.context() as patch, suppress(Died):
        patch.setattr(store.live._client, "execute_command", die)
        yield


def commands_of(store: Store, act: Callable[[], object]) -> int:
    """Count the commands of something that is done."""
    with pytest.MonkeyPatch.context() as patch:
        sent: list[Any] = []
        send: Callable[..., Any] = store.live._client.execute_command

        def noted(*words: Any, **options: Any) -> Any:
            sent.append(words)
            return send(*words, **options)

        patch.setattr(store.live._client, "execute_command", noted)
        act()
    return len(sent)


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_start_that_dies_anywhere_is_whole_or_was_none(store: Store, done: bool) -> None:
    steps = commands_of(store, lambda: store.live.start(replace(SPRING, id="whole"), [PLAY]))
    store.live.act("whole", STOP)
    begun = []
    for step in range(steps):
        name = f"spring-{step}"
        with dying(store, step, done=done):
            store.live.start(replace(SPRING, id=name), [PLAY])

        begun.append(name in store.live.unfinished())  # as the board looks, four times a second
        assert (name in store.live.running()) == begun[-1]
        if begun[-1]:
            assert store.screening(name).id == name
            assert store.live.events(name) == [PLAY]
        else:
            store.live.start(replace(SPRING, id=name), [PLAY])
        store.live.act(name, STOP)
        store.delete(name)

    assert begun == sorted(begun)
    assert set(begun) == {False, True}


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_an_audience_can_be_shown_something_else_whenever_a_start_died(
    store: Store, done: bool
) -> None:
    for step in range(6):
        name = f"spring-{step}"
        with dying(store, step, done=done):
            store.live.start(replace(SPRING, id=name), [PLAY])

        for shown in store.live.running():  # though nobody looked at the board meanwhile
            store.live.act(shown, STOP)
        store.live.start(replace(SPRING, id=f"autumn-{step}"), [PLAY])
        store.live.act(f"autumn-{step}", STOP)


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_stop_is_one_step(store: Store, done: bool) -> None:
    store.live.start(SPRING, [PLAY])

    with dying(store, 0, done=done):
        store.live.act("spring", STOP)

    assert store.live.events("spring") == ([PLAY, STOP] if done else [PLAY])
    assert store.live.running() == ([] if done else ["spring"])
    assert list(store.live.unfinished()) == ["spring"]


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_viewing_that_dies_on_its_way_is_whole_or_was_none(store: Store, done: bool) -> None:
    store.live.start(SPRING, [PLAY])
    steps = commands_of(store, lambda: store.live.open_viewing("spring", 2))
    begun = []
    for step in range(steps):
        viewing = step + 3
        with dying(store, step, done=done):
            store.live.open_viewing("spring", viewing)

        store.live.unfinished()  # as the board looks, four times a second
        own = f"spring.{viewing}"
        begun.append(own in {record.id for record in store.screenings()})
        assert store._client.exists(f"{{{own}}}:screening") == begun[-1]
        if begun[-1]:
            assert (store.screening(own).viewing, store.screening(own).first) == (viewing, "spring")
        store.live.open_viewing("spring", viewing)
        assert store.screening(own).state == "running"

    assert begun == sorted(begun)
    assert set(begun) == {False, True}
    assert store._client.hlen("moodtrace:{live}:begun") == 0


def test_no_viewing_of_what_was_deleted_meanwhile_is_opened(store: Store) -> None:
    store.live.start(SPRING, [PLAY])
    first = store._client.get("{spring}:screening")
    store.live.act("spring", STOP)
    store.delete("spring")
    assert isinstance(first, bytes)
    store._client.set("{spring}:screening", first)  # as who had read it just before

    assert store.live.open_viewing("spring", 2) == "spring.2"
    assert store.screenings() == []


def is_deleted(store: Store, name: str) -> bool:
    with suppress(BusyError):  # the claim of who died runs out
        try:
            store.delete(name)
        except UnknownScreeningError:
            return True
    return False


def test_a_deletion_that_dies_anywhere_can_be_repeated(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "CLAIM_MS", 1)
    for step in range(12):
        store.live.start(SPRING, [PLAY])
        store.live.act("spring", STOP)
        with dying(store, step, done=True):
            store.delete("spring")
        wait_until(lambda: is_deleted(store, "spring"))

        assert store.screenings() == []
        assert store.live.unfinished() == {}


def test_a_start_that_lost_its_id_to_a_recording_is_taken_back(store: Store) -> None:
    with dying(store, 5, done=False):  # the record is what is missing
        store.live.start(SPRING, [PLAY])
    assert store.live.running() == ["spring"]
    recorded = replace(SPRING, live=False, run=replace(SPRING.run, id="another"))
    with store.claim("spring", "another") as writer:
        writer.begin(recorded, {}, fresh=True)

    assert store.live.unfinished() == {}
    assert store.live.running() == []
    assert store.screening("spring").run.id == "another"


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("{bad}:screening", ""),
        ("moodtrace:{live}:events:bad", ""),
        ("moodtrace:{live}:begun", "bad"),
    ],
)
def test_one_that_cant_be_read_costs_no_other_and_is_told_once(
    store: Store, caplog: pytest.LogCaptureFixture, key: str, field: str
) -> None:
    for name in ("bad", "good"):
        store.live.start(replace(SPRING, id=name, audience=name), [PLAY])
    if field:
        store._client.hset(key, field, b"{")
    elif "events" in key:
        store._client.rpush(key, b"{")
    else:
        store._client.set(key, b"{")

    for _ in range(3):
        found = store.live.unfinished()

    assert "good" in found
    assert ("bad" in found) == bool(field)  # the record is in its place already
    assert store.unreadable() == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    store.live.start(replace(SPRING, id="later", audience="later"), [PLAY])
    store.live.act("good", STOP)
    assert {"good", "later"} <= set(store.live.unfinished())
