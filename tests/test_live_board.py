from threading import Barrier, Event, Thread

from moodtrace.clock import wall_ms
from moodtrace.commands.live_record import live_record
from moodtrace.commands.service import control_of
from moodtrace.live_board import LiveBoard
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from workers.identity import Identity
from workers.live import LiveTimelines
from workers.live_writer import LiveWriter

IDENTITY = Identity("yunet", "moodtrace-emotion-2", None, "", thresholds=(430,) * 7)


def test_two_seeks_at_once_are_both_done_and_every_viewing_is_written_to_its_end(
    store: Store,
) -> None:
    begin_ms = wall_ms() - 10_000
    record = live_record([], "spring", "panel", "s1", k=1, media="", markers=None, notice="")
    store.live.start(record, [PlayEvent(kind="play", at_ms=begin_ms)])
    control, both = control_of(store), Barrier(2)

    def seek(to: str) -> None:
        both.wait()
        control("s1", "seek", {"to": to, "at_ms": str(begin_ms + 8_000)})

    seeks = [Thread(target=seek, args=(to,)) for to in ("0:00", "0:05")]
    for thread in seeks:
        thread.start()
    for thread in seeks:
        thread.join()
    store.live.act("s1", PlayEvent(kind="stop", at_ms=begin_ms + 9_000))

    board = LiveBoard(store)
    timelines = LiveTimelines(lambda name: LiveWriter(store, name, IDENTITY, Event()))
    for now_ms in range(0, 60_000, 1_000):
        board.refresh()
        timelines.tick(board.shown(), now_ms, wall_ms())

    kinds = [event.kind for event in store.live.events("s1")]
    assert kinds == ["play", "seek", "seek", "stop"]
    assert store.live.unfinished() == {}
    states = {found.id: found.state for found in store.screenings()}
    assert set(states.values()) == {"finished"}
    assert {"s1", "s1.2"} <= set(states) <= {"s1", "s1.2", "s1.3"}  # by who came first
    assert len(store.rows("s1")) == 8
