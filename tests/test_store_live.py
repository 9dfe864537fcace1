import pytest
from msgspec.structs import replace

from moodtrace.errors import BusyError, UnknownScreeningError, UsageError
from moodtrace.ledger import CameraLedger
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from tests.factories import screening

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
