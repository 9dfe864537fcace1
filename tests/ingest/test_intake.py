from collections.abc import Sequence
from threading import Event

import pytest

from ingest.camera_keeper import Sampled
from ingest.intake import MAX_HELD_BYTES, OVERHEAD_BYTES, Intake
from ingest.live_events import LiveDropped, LiveFailed, LiveFrame
from ingest.stamping import Opening, Stamper
from moodtrace.cameras import Camera
from moodtrace.clock import steady_ms
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Captured, FrameFailed
from moodtrace.playhead import PlayEvent, stretches
from moodtrace.showing import Board, Showing

LEFT = Camera(name="left", source="rtsp://camera/1", audience="panel")
RIGHT = Camera(name="right", source="rtsp://camera/2", audience="panel")
PLAYED_MS = 10_000


class Intaken:
    """An intake, what it is told, and what it sent."""

    def __init__(self, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        self.sent: list[Captured] = []
        self.known: set[tuple[str, int]] = set()
        """Cameras and connections that have an epoch."""
        self.as_of_ms = steady_ms() + 3_600_000
        self.shown: tuple[Showing, ...] = (Showing("spring", tuple(stretches([play(PLAYED_MS)]))),)
        self.captured_ms: list[int] = []
        self.intake = Intake(Stamper(self._epoch_of), self._board, self._send, max_held_bytes)

    def run(self, *sampled: Sampled) -> None:
        for one in sampled:
            self.intake.put(one)
        ended = Event()
        ended.set()
        self.intake.run(ended)

    @property
    def ledger(self) -> dict[str, CameraLedger]:
        return self.intake.tally.ledgers().get("spring", {})

    def _send(self, message: Captured, captured_ms: int) -> None:
        self.sent.append(message)
        self.captured_ms.append(captured_ms)

    def _board(self) -> Board:
        return Board({"panel": self.shown}, self.as_of_ms)

    def _epoch_of(self, opening: Opening) -> int | None:
        return 1 if (opening.camera_id, opening.connection) in self.known else None


@pytest.fixture
def intaken() -> Intaken:
    found = Intaken()
    found.known = {("left", 1), ("right", 1)}
    return found


def play(at_ms: int) -> PlayEvent:
    return PlayEvent(kind="play", at_ms=at_ms)


def frames(
    camera: Camera, times_ms: Sequence[int], connection: int = 1, size: int = 4
) -> list[Sampled]:
    return [
        Sampled(
            camera,
            connection,
            LiveFrame(
                capture_ms=at_ms,
                arrival_ms=at_ms,
                clock="rtcp",
                width=4,
                height=2,
                image=bytes(size),
            ),
        )
        for at_ms in times_ms
    ]


def dropped(reason: str, count: int, first_ms: int, last_ms: int) -> Sampled:
    event = LiveDropped(count=count, reason=reason, first_ms=first_ms, last_ms=last_ms)
    return Sampled(LEFT, 1, event)


def test_what_is_shown_is_sent_and_what_is_not_is_counted(intaken: Intaken) -> None:
    failed = Sampled(LEFT, 1, LiveFailed(capture_ms=10_400, reason="corrupt"))
    intaken.run(*frames(LEFT, [9_800, 10_000, 10_200]), failed)

    assert [message.pts_ms for message in intaken.sent] == [0, 200, 400]
    assert intaken.captured_ms == [10_000, 10_200, 10_400]
    assert isinstance(intaken.sent[-1], FrameFailed)
    assert intaken.ledger == {"left": CameraLedger(captured=3)}
    assert intaken.intake.tally.outside() == {"left": {"not_shown": 1}}


def test_frames_that_a_decode_process_dropped_belong_where_they_were_captured(
    intaken: Intaken,
) -> None:
    intaken.run(dropped("slow_reader", 10, first_ms=9_000, last_ms=10_800))

    assert intaken.ledger == {"left": CameraLedger(captured=5, dropped={"slow_reader": 5})}
    assert intaken.intake.tally.outside() == {"left": {"not_shown": 5}}


def test_frames_of_a_runaway_source_were_never_to_be_sampled(intaken: Intaken) -> None:
    intaken.run(dropped("over_rate", 500, first_ms=10_000, last_ms=14_000))

    assert intaken.ledger == {}
    assert intaken.intake.tally.outside() == {"left": {"over_rate": 500}}


def test_a_camera_that_can_not_be_numbered_costs_the_others_nothing(intaken: Intaken) -> None:
    times_ms = range(10_000, 12_000, 200)
    pairs = zip(frames(LEFT, times_ms), frames(RIGHT, times_ms, connection=2), strict=True)
    intaken.run(*(sampled for pair in pairs for sampled in pair))

    assert [(m.camera_id, m.seq) for m in intaken.sent] == [("left", seq) for seq in range(10)]
    assert intaken.ledger["left"] == CameraLedger(captured=10)
    assert intaken.ledger["right"] == CameraLedger(captured=10, dropped={"store_away": 10})


def test_frames_wait_in_order_for_their_number(intaken: Intaken) -> None:
    class Late(set[tuple[str, int]]):
        """Knows an epoch from the second time on that it is asked for."""

        asked = 0

        def __contains__(self, key: object) -> bool:
            self.asked += 1
            return self.asked > 1

    intaken.known = Late()
    intaken.run(*frames(LEFT, range(10_000, 11_000, 200)))

    assert [(m.seq, m.pts_ms) for m in intaken.sent] == [(n, 200 * n) for n in range(5)]


def test_no_more_bytes_are_held_than_there_is_room_for() -> None:
    intaken = Intaken(max_held_bytes=10 * (9_000 + OVERHEAD_BYTES))
    intaken.known = {("left", 1)}
    intaken.run(*frames(LEFT, range(10_000, 14_000, 200), size=9_000))

    assert [m.pts_ms for m in intaken.sent] == list(range(2_000, 4_000, 200))
    assert intaken.ledger == {"left": CameraLedger(captured=20, dropped={"overload": 10})}


def test_no_more_bytes_wait_for_the_store_than_there_is_room_for() -> None:
    intaken = Intaken(max_held_bytes=10 * (9_000 + OVERHEAD_BYTES))
    for sampled in frames(LEFT, range(10_000, 14_000, 200), size=9_000):
        intaken.intake.put(sampled)
        intaken.intake.step(steady_ms(), 0)

    assert intaken.ledger == {"left": CameraLedger(captured=10, dropped={"store_away": 10})}


def test_nobody_knows_what_was_shown_while_the_store_was_away(intaken: Intaken) -> None:
    told, intaken.shown, intaken.as_of_ms = intaken.shown, (), 0
    for sampled in frames(LEFT, [9_800, 10_000, 10_200]):
        intaken.intake.put(sampled)
    intaken.intake.step(steady_ms(), steady_ms())
    assert intaken.ledger == {}
    assert intaken.intake.tally.outside() == {}

    intaken.shown, intaken.as_of_ms = told, steady_ms()
    intaken.run()

    assert intaken.ledger == {"left": CameraLedger(captured=2, dropped={"store_away": 2})}
    assert intaken.intake.tally.outside() == {"left": {"not_shown": 1}}


def test_what_nobody_ever_told_is_counted_too(intaken: Intaken) -> None:
    intaken.shown, intaken.as_of_ms = (), 0
    intaken.run(*frames(LEFT, [10_000]))

    assert intaken.intake.tally.outside() == {"left": {"unplaced": 1}}
