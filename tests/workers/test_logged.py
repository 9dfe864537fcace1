"""Timelines out of a log, written to a real store."""

from collections.abc import Callable, Sequence
from threading import Event

import pytest
from msgspec.structs import replace

from moodtrace.ledger import DATA_LOST, Loss
from moodtrace.playhead import PlayEvent, stretches
from moodtrace.screening import ScreeningRecorded
from moodtrace.showing import Shown
from moodtrace.store import Store
from tests.factories import face, scored, screening
from workers.identity import Identity
from workers.live import CAMERA_DOWN
from workers.log_writer import LogWriter
from workers.logged import LogTimeline, LogTimelines
from workers.recomputed import recomputed
from workers.recorded import Logged

PART = "faces/0"
RECORD = replace(screening("s1"), live=True)
PLAY = PlayEvent(kind="play", at_ms=0)
STOP = PlayEvent(kind="stop", at_ms=14_000)
DRAINED_MS = 200_000

Take = Callable[[], LogTimeline]


@pytest.fixture
def take(store: Store) -> Take:
    """Take the screening over, as a process does."""
    store.live.start(RECORD, [PLAY])
    identity = Identity.of(RECORD)
    return lambda: LogTimeline(
        LogWriter(store, "s1", identity, Event(), lambda _: None), PART, now_ms=0
    )


def frames(*seconds: int) -> list[Logged]:
    """One frame of each second; its offset is the second."""
    return [Logged(second, scored(second * 1000, face())) for second in seconds]


def feed(timeline: LogTimeline, first: int, *seconds: int, now_ms: int = 0) -> None:
    timeline.apply(first, frames(*seconds), seconds[-1] + 1, now_ms)


def end(timeline: LogTimeline) -> None:
    """Stop what is shown, and wait for all that is under way."""
    viewing = Shown("s1", 1, stretches([PLAY, STOP]))
    assert not timeline.tick(viewing, DRAINED_MS, DRAINED_MS)
    assert timeline.tick(viewing, 2 * DRAINED_MS, 2 * DRAINED_MS)


def gaps(store: Store) -> dict[int, str]:
    return {row.second: row.gap for row in store.rows("s1") if row.gap}


LOST = dict.fromkeys((4, 5, 6), DATA_LOST)
DOWN = dict.fromkeys((2, 9, 10, 11, 12, 13), CAMERA_DOWN)


def test_seconds_that_the_log_lost_are_gaps_of_their_own(store: Store, take: Take) -> None:
    timeline = take()
    feed(timeline, 0, 0, 1, 3)
    timeline.lose(4, 7)
    feed(timeline, 4, 7, 8)
    end(timeline)

    assert gaps(store) == LOST | DOWN


@pytest.mark.parametrize("idle_ms", [0, 60_000])
def test_who_takes_over_knows_what_was_lost(store: Store, take: Take, idle_ms: int) -> None:
    timeline = take()
    feed(timeline, 0, 0, 1, 3)
    timeline.lose(4, 7)
    shown = Shown("s1", 1, stretches([PLAY]))
    timeline.tick(shown, idle_ms, 10_500)  # silence: the playhead closes what is 5 s behind
    timeline.suspend()
    assert store.next_second("s1") == (5 if idle_ms else 0)
    timeline = take()
    feed(timeline, 4, 7, 8)
    end(timeline)

    assert gaps(store) == LOST | DOWN


def test_another_log_of_the_same_name_is_read_from_where_it_is(store: Store, take: Take) -> None:
    timeline = take()
    feed(timeline, 0, 0, 1, 3)
    timeline.suspend()
    writer = take().log
    assert isinstance(writer, LogWriter)
    writer.begin_anew("faces/other/0", 2)
    assert store.partitions_of("s1") == ["faces/other/0"]
    assert writer.lost() == [Loss(None, 3_000)]
    timeline = LogTimeline(writer, "faces/other/0", now_ms=0)
    feed(timeline, 2, 7, 8)
    end(timeline)

    assert gaps(store) == LOST | DOWN


def test_rows_made_anew_keep_what_nobody_can_tell_from_faces(store: Store, take: Take) -> None:
    timeline = take()
    feed(timeline, 0, 0, 1, 3)
    timeline.lose(4, 7)
    feed(timeline, 4, 7, 8)
    end(timeline)
    messages = [logged.message for logged in frames(0, 1, 3, 7, 8)]
    told = [ScreeningRecorded(screening_id="s1", record=store.screening("s1"), seconds=14)]

    def made(known: dict[int, str]) -> Sequence[object]:
        return recomputed(told, messages, known).rows

    assert made(gaps(store)) == store.rows("s1")
    assert made({}) != store.rows("s1")


def test_what_cant_be_read_of_one_screening_costs_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    identity = Identity.of(RECORD)
    for name in ("bad", "good", "worse"):
        store.live.start(replace(RECORD, id=name, audience=name), [PLAY])
    store._client.set("{bad}:screening", b"{")
    store._client.set("{worse}:ledger", b"{")
    timelines = LogTimelines(
        lambda name, _: LogWriter(store, name, identity, Event(), lambda _: None)
    )
    messages = [
        Logged(number, replace(scored(0, face()), screening_id=name))
        for number, name in enumerate(("bad", "good", "worse", "good"))
    ]
    for first in (0, 4):
        timelines.apply(PART, first, messages if not first else [], first + 4, now_ms=0)
    timelines.apply(PART, 8, [messages[0]._replace(offset=8)], 9, now_ms=0)

    assert [timelines.is_open(name) for name in ("bad", "good", "worse")] == [False, True, False]
    assert timelines.unknown == 3
    assert [record.message for record in caplog.records] == ["left out a timeline"] * 2
    assert store._client.exists("{worse}:writer") == 0  # whoever mends it can go on with it
    timelines.suspend()


def test_a_frame_that_cant_be_read_costs_no_other(store: Store, take: Take) -> None:
    timeline = take()
    feed(timeline, 0, 0, 1, 2)
    store._client.hset("{s1}:open:1", "front/1/9", b"\xc1")
    feed(timeline, 3, 3)
    end(timeline)

    assert [row.frames for row in store.rows("s1")][:4] == [1, 1, 1, 1]
    assert store.unreadable() == 1
