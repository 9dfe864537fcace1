import threading

from ingest.live_events import (
    LiveAlive,
    LiveDropped,
    LiveEnded,
    LiveEvent,
    LiveFailed,
    LiveFrame,
    LiveOpened,
)
from ingest.outbox import Outbox

OPENED = LiveOpened(
    codec="h264", width=640, height=360, fps=25, analysis_width=640, analysis_height=360
)
ENDED = LiveEnded(reason="ended")


def frame(number: int) -> LiveFrame:
    return LiveFrame(
        capture_ms=number, arrival_ms=number, clock="arrival", width=1, height=1, image=b""
    )


def taken(outbox: Outbox) -> list[LiveEvent]:
    """Everything up to the end."""
    events = [outbox.take()]
    while not isinstance(events[-1], LiveEnded):
        events.append(outbox.take())
    return events


def box_of(*events: LiveEvent, max_waiting: int = 3) -> Outbox:
    outbox = Outbox(max_waiting)
    for event in events:
        outbox.put(event)
    return outbox


def test_what_fits_comes_out_as_it_went_in() -> None:
    events: list[LiveEvent] = [
        OPENED,
        frame(1),
        LiveFailed(capture_ms=2, reason="corrupt"),
        frame(3),
        ENDED,
    ]
    assert taken(box_of(*events)) == events


def test_a_full_box_keeps_the_newest_and_counts_the_others() -> None:
    events = taken(box_of(OPENED, *(frame(number) for number in range(10)), ENDED))
    assert events == [
        OPENED,
        LiveDropped(count=7, reason="slow_reader", first_ms=0, last_ms=6),
        frame(7),
        frame(8),
        frame(9),
        ENDED,
    ]


def test_frames_left_out_are_added_up_by_reason() -> None:
    runaway = [
        LiveDropped(count=1, reason="over_rate", first_ms=at_ms, last_ms=at_ms) for at_ms in (4, 8)
    ]
    events = taken(box_of(*runaway, *(frame(number) for number in range(4)), ENDED))
    assert {event.reason: event for event in events if isinstance(event, LiveDropped)} == {
        "over_rate": LiveDropped(count=2, reason="over_rate", first_ms=4, last_ms=8),
        "slow_reader": LiveDropped(count=1, reason="slow_reader", first_ms=0, last_ms=0),
    }


def test_a_sign_of_life_takes_no_place_from_a_frame() -> None:
    alive = LiveAlive()
    assert taken(box_of(alive, alive, frame(1), alive, frame(2), frame(3), ENDED)) == [
        frame(1),
        frame(2),
        frame(3),
        ENDED,
    ]


def test_only_the_newest_opening_is_told() -> None:
    larger = LiveOpened(
        codec="hevc", width=1280, height=720, fps=25, analysis_width=960, analysis_height=540
    )
    assert taken(box_of(OPENED, larger, ENDED)) == [larger, ENDED]


def test_who_takes_from_an_empty_box_waits_for_the_next_event() -> None:
    outbox = Outbox()
    events: list[LiveEvent] = []
    reader = threading.Thread(target=lambda: events.append(outbox.take()))
    reader.start()
    outbox.put(frame(1))
    reader.join(10)
    assert events == [frame(1)]
