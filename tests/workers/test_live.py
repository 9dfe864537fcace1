from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from moodtrace.ledger import Ledger
from moodtrace.playhead import PlayEvent, stretches
from moodtrace.screening import Area
from moodtrace.showing import Shown
from tests.factories import face, failed, scored
from tests.workers.test_aggregate import LEAST, ListWriter
from workers.identity import Identity
from workers.live import LiveTimelines

IDENTITY = Identity("yunet", "mini-xception", None, "a" * 64, LEAST)


class Writer(ListWriter):
    """Keeps rows in a list, and what became of the frames."""

    def __init__(self, identity: Identity = IDENTITY) -> None:
        super().__init__()
        self.ledger: Ledger = {}
        self.areas: Sequence[Area] = ()
        self.identity = identity
        self.captured = 0
        self.ended = ""

    def in_flight(self) -> Mapping[str, int]:
        settled = sum(counts.settled for counts in self.ledger.values())
        return {"front": self.captured - settled}

    def finish(self) -> None:
        self.ended = "finished"

    def suspend(self) -> None:
        self.ended = "suspended"

    @property
    def seconds(self) -> list[str]:
        return [row.gap or "ok" for row in self.rows]


def live() -> tuple[LiveTimelines, dict[str, Writer]]:
    writers: dict[str, Writer] = {}

    def open_writer(name: str) -> Writer:
        return writers.setdefault(name, Writer())

    return LiveTimelines(open_writer), writers


def shown(*events: PlayEvent, viewing: int = 1) -> Sequence[Shown]:
    return [Shown("s1", viewing, stretches(events))]


PLAY = PlayEvent(kind="play", at_ms=0)


def test_numbers_of_other_networks_than_a_timeline_began_with_are_none_of_it() -> None:
    timelines, writers = live()
    frames = [scored(pts_ms, face()) for pts_ms in range(0, 3_000, 200)]
    newer = [
        {"detector": "centerface"},
        {"emotion_model": "another"},
        {"age_model": "moodtrace-age"},
        {"analysis_sha256": "b" * 64},
    ]
    for number, change in enumerate(newer, start=11):  # three in a second, one in the next
        frames[number] = replace(frames[number], **change)
    timelines.take(frames[:5] + frames[10:], 3_000)
    timelines.take([replace(frame, analysis_sha256="b" * 64) for frame in frames[5:10]], 3_000)
    timelines.tick(shown(PLAY), 20_000, 3_000)

    assert writers["s1"].seconds == ["ok", "other_model", "ok"]
    assert [row.frames for row in writers["s1"].rows] == [5, 0, 1]
    counts = writers["s1"].ledger["front"]
    assert (counts.analysed, counts.failed) == (6, {"other_model": 9})


def test_rows_come_once_the_grace_has_passed() -> None:
    timelines, writers = live()
    for pts_ms in range(0, 10_000, 200):
        timelines.take([scored(pts_ms, face())], pts_ms)
        timelines.tick(shown(PLAY), pts_ms, pts_ms)

    assert writers["s1"].seconds == ["ok"] * 4
    assert writers["s1"].ledger["front"].analysed == 20


def test_a_camera_that_is_down_leaves_gaps_as_time_goes_by() -> None:
    timelines, writers = live()
    timelines.take([scored(200, face()), failed(400)], 400)
    timelines.tick(shown(PLAY), 12_000, 12_000)

    assert writers["s1"].seconds == ["ok"] + ["camera_down"] * 6


def test_nothing_passes_in_a_pause() -> None:
    timelines, writers = live()
    timelines.take([scored(200, face())], 200)
    events = shown(PLAY, PlayEvent(kind="pause", at_ms=1_000))
    timelines.tick(events, 60_000, 60_000)

    assert writers["s1"].seconds == ["ok"]


def test_what_is_late_is_counted_and_changes_no_row() -> None:
    timelines, writers = live()
    timelines.take([scored(200, face())], 0)
    timelines.tick(shown(PLAY), 9_000, 9_000)
    before = list(writers["s1"].rows)
    timelines.take([scored(400, face())], 9_100)

    assert writers["s1"].rows == before
    assert writers["s1"].ledger["front"].dropped == {"late": 1}


def test_a_stopped_screening_ends_when_what_was_under_way_has_come() -> None:
    timelines, writers = live()
    timelines.take([scored(200, face())], 0)
    stopped = shown(PLAY, PlayEvent(kind="stop", at_ms=2_500))
    timelines.tick(stopped, 2_500, 2_500)
    writers["s1"].captured = 2
    timelines.tick(stopped, 8_000, 8_000)
    assert writers["s1"].ended == ""  # one is missing still

    timelines.take([scored(1_200, face())], 8_100)
    timelines.tick(stopped, 8_200, 8_200)

    assert writers["s1"].ended == "finished"
    assert writers["s1"].seconds == ["ok", "ok", "camera_down"]


def test_a_process_that_ends_lets_another_go_on() -> None:
    timelines, writers = live()
    timelines.take([scored(200, face())], 0)
    timelines.suspend()

    assert (writers["s1"].ended, writers["s1"].seconds) == ("suspended", ["ok"])
