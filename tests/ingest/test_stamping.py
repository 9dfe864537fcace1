from itertools import count

from ingest.live_events import LiveFailed, LiveFrame
from ingest.stamping import Opening, Showing, Stamp, Stamper
from moodtrace.cameras import Camera
from moodtrace.messages import FrameCaptured, FrameFailed
from moodtrace.playhead import PlayEvent, stretches

FRONT = Camera(name="front", source="rtsp://camera/1", audience="panel", offset_ms=-100)


def frame(capture_ms: int) -> LiveFrame:
    return LiveFrame(
        capture_ms=capture_ms,
        arrival_ms=capture_ms + 70,
        clock="rtcp",
        width=4,
        height=2,
        image=b"jpeg",
    )


def showing(*events: PlayEvent) -> dict[str, list[Showing]]:
    return {"panel": [Showing("spring", tuple(stretches(events)))]}


def stamper() -> tuple[Stamper, list[Opening]]:
    openings: list[Opening] = []
    epochs = count(1)

    def stamp_of(opening: Opening) -> Stamp:
        openings.append(opening)
        return Stamp(f"{opening.screening_id}.{opening.viewing}", next(epochs))

    return Stamper(stamp_of), openings


def test_frames_are_numbered_and_placed_on_the_playhead() -> None:
    stamps, openings = stamper()
    shown = showing(PlayEvent(kind="play", at_ms=1_000))

    messages = [stamps.stamp(FRONT, 1, frame(at_ms), shown) for at_ms in (1_000, 1_300, 1_500)]
    messages.append(stamps.stamp(FRONT, 1, LiveFailed(capture_ms=1_700, reason="corrupt"), shown))

    assert messages[0] is None  # the camera's offset puts it before the start
    assert isinstance(messages[1], FrameCaptured)
    assert isinstance(messages[3], FrameFailed)
    sent = [message for message in messages if message]
    assert [(m.source_epoch, m.seq, m.pts_ms) for m in sent] == [
        (1, 0, 200),
        (1, 1, 400),
        (1, 2, 600),
    ]
    assert openings == [Opening("spring", 1, "front", 1)]


def test_every_connection_and_every_viewing_has_an_epoch_of_its_own() -> None:
    stamps, openings = stamper()
    shown = showing(PlayEvent(kind="play", at_ms=0), PlayEvent(kind="seek", at_ms=5_000, to_ms=0))

    stamps.stamp(FRONT, 1, frame(1_000), shown)
    stamps.stamp(FRONT, 2, frame(2_000), shown)
    again = stamps.stamp(FRONT, 2, frame(6_000), shown)

    assert again is not None
    assert (again.screening_id, again.source_epoch, again.seq) == ("spring.2", 3, 0)
    assert [opening.viewing for opening in openings] == [1, 1, 2]


def test_frames_outside_any_screening_are_nobodys() -> None:
    stamps, openings = stamper()

    assert stamps.stamp(FRONT, 1, frame(1_000), {}) is None
    assert openings == []


def test_a_screening_that_follows_another_takes_its_own_frames() -> None:
    stamps, _ = stamper()
    stop = PlayEvent(kind="stop", at_ms=5_000)
    spring = Showing("spring", tuple(stretches([PlayEvent(kind="play", at_ms=0), stop])))
    autumn = Showing("autumn", tuple(stretches([PlayEvent(kind="play", at_ms=5_500)])))

    shown = {"panel": [autumn, spring]}
    found = [stamps.stamp(FRONT, 1, frame(at_ms), shown) for at_ms in (4_900, 5_300, 5_700)]

    assert [message and message.screening_id for message in found] == ["spring.1", None, "autumn.1"]
