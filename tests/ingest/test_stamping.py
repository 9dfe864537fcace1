from itertools import count

from ingest.live_events import LiveDropped, LiveFailed, LiveFrame
from ingest.stamping import Opening, Position, Stamper, position
from moodtrace.cameras import Camera
from moodtrace.messages import Captured, FrameCaptured, FrameFailed
from moodtrace.playhead import PlayEvent, stretches
from moodtrace.showing import Showing

FRONT = Camera(name="front", source="rtsp://camera/1", audience="panel", offset_ms=-100)
STOP = PlayEvent(kind="stop", at_ms=5_000)


def frame(capture_ms: int) -> LiveFrame:
    return LiveFrame(
        capture_ms=capture_ms,
        arrival_ms=capture_ms + 70,
        clock="rtcp",
        width=4,
        height=2,
        image=b"jpeg",
    )


def showing(*events: PlayEvent, name: str = "spring") -> Showing:
    return Showing(name, tuple(stretches(events)))


class Stamping:
    """Stamps frames, and remembers which epochs it asked for."""

    def __init__(self, *shown: Showing) -> None:
        self.openings: list[Opening] = []
        self.is_away = False
        self._shown = {"panel": shown}
        self._epochs = count(1)
        self._stamper = Stamper(self._epoch_of)

    def stamp(self, connection: int, frame: LiveFrame | LiveFailed) -> Captured | None:
        at = position(FRONT, frame.capture_ms, self._shown)
        return self._stamper.stamp(FRONT, connection, frame, at) if at else None

    def _epoch_of(self, opening: Opening) -> int | None:
        if self.is_away:
            return None
        self.openings.append(opening)
        return next(self._epochs)


def test_frames_are_numbered_and_placed_on_the_playhead() -> None:
    stamping = Stamping(showing(PlayEvent(kind="play", at_ms=1_000)))

    messages = [stamping.stamp(1, frame(at_ms)) for at_ms in (1_000, 1_300, 1_500)]
    messages.append(stamping.stamp(1, LiveFailed(capture_ms=1_700, reason="corrupt")))

    assert messages[0] is None  # the camera's offset puts it before the start
    assert isinstance(messages[1], FrameCaptured)
    assert isinstance(messages[3], FrameFailed)
    sent = [message for message in messages if message]
    assert [(m.source_epoch, m.seq, m.pts_ms) for m in sent] == [
        (1, 0, 200),
        (1, 1, 400),
        (1, 2, 600),
    ]
    assert stamping.openings == [Opening("spring", 1, "front", 1)]


def test_every_connection_and_every_viewing_has_an_epoch_of_its_own() -> None:
    back = PlayEvent(kind="seek", at_ms=5_000, to_ms=0)
    stamping = Stamping(showing(PlayEvent(kind="play", at_ms=0), back))

    stamping.stamp(1, frame(1_000))
    stamping.stamp(2, frame(2_000))
    again = stamping.stamp(2, frame(6_000))

    assert again is not None
    assert (again.screening_id, again.source_epoch, again.seq) == ("spring.2", 3, 0)
    assert [opening.viewing for opening in stamping.openings] == [1, 1, 2]


def test_frames_without_an_epoch_take_no_number() -> None:
    stamping = Stamping(showing(PlayEvent(kind="play", at_ms=0)))

    stamping.is_away = True
    assert stamping.stamp(1, frame(1_000)) is None
    stamping.is_away = False
    found = stamping.stamp(1, frame(1_200))

    assert found is not None
    assert found.seq == 0


def test_frames_outside_any_screening_are_nobodys() -> None:
    assert position(FRONT, 1_000, {}) is None
    assert position(FRONT, 1_000, {"others": [showing(PlayEvent(kind="play", at_ms=0))]}) is None


def test_a_screening_that_follows_another_takes_its_own_frames() -> None:
    spring = showing(PlayEvent(kind="play", at_ms=0), STOP)
    autumn = showing(PlayEvent(kind="play", at_ms=5_500), name="autumn")

    shown = {"panel": [autumn, spring]}
    found = [position(FRONT, at_ms, shown) for at_ms in (4_900, 5_300, 5_700)]

    assert found == [Position("spring", 1, 4_800), None, Position("autumn", 1, 100)]


def test_frames_that_were_dropped_are_spread_over_the_time_in_which_they_were() -> None:
    run = LiveDropped(count=5, reason="slow_reader", first_ms=1_000, last_ms=1_801)

    assert run.times_ms() == [1_000, 1_200, 1_400, 1_600, 1_801]
    single = LiveDropped(count=1, reason="slow_reader", first_ms=1_000, last_ms=1_000)
    assert single.times_ms() == [1_000]
