from collections import Counter

from moodtrace.bus import Mode
from moodtrace.bus_live import OVERLOAD
from moodtrace.settings import WorkerSettings
from tests.factories import captured
from workers.lanes import LIVE_FRAMES, RECORDED_FRAMES, STALE, Lanes, Underway
from workers.progress import Progress

SETTINGS = WorkerSettings(max_batch_frames=4, max_wait_ms=20, in_flight=2, max_age_ms=2000)


class Dropped(list[tuple[int, str]]):
    """What was dropped, by number, and why."""

    def __call__(self, item: Underway, reason: str) -> None:
        self.append((item.frame.seq, reason))


def item(seq: int, *, camera: str = "front", mode: Mode = "live", at_ms: int = 0) -> Underway:
    """A frame captured at `at_ms` and read at once."""
    return Underway(
        frame=captured(seq, camera=camera),
        mode=mode,
        partition=0,
        offset=seq,
        progress=Progress(),
        at_ms=at_ms,
        since_ms=at_ms,
    )


def seqs(items: list[Underway]) -> list[int]:
    return [one.frame.seq for one in items]


def test_a_batch_is_waited_for_but_not_for_long() -> None:
    lanes = Lanes(SETTINGS, Dropped())
    for seq in range(3):
        lanes.put(item(seq, at_ms=100))
    assert lanes.take_live(119, 119, 0) == []
    assert seqs(lanes.take_live(120, 120, 0)) == [0, 1, 2]

    for seq in range(5):
        lanes.put(item(seq, at_ms=200))
    assert seqs(lanes.take_live(200, 200, 0)) == [0, 1, 2, 3]


def test_live_frames_too_old_are_dropped_oldest_first_and_the_batch_is_filled() -> None:
    dropped = Dropped()
    lanes = Lanes(SETTINGS, dropped)
    for seq in range(8):
        lanes.put(item(seq, at_ms=1000 * seq))

    assert seqs(lanes.take_live(7500, 7500, 0)) == [6, 7]
    assert dropped == [(seq, STALE) for seq in range(6)]


def test_what_a_batch_takes_counts_as_age_but_for_no_more_than_half() -> None:
    for took_ms, kept in ((0, [0, 1]), (500, [1]), (60_000, [1])):
        lanes = Lanes(SETTINGS, Dropped())
        lanes.put(item(0, at_ms=0))
        lanes.put(item(1, at_ms=1000))
        assert seqs(lanes.take_live(2000, 2000, took_ms)) == kept


def test_a_camera_that_sends_too_much_harms_itself_alone() -> None:
    dropped = Dropped()
    lanes = Lanes(SETTINGS, dropped)
    for seq in range(LIVE_FRAMES + 100):
        lanes.put(item(seq, camera="loud"))
        if seq % 100 == 0:
            lanes.put(item(seq, camera="quiet"))
    assert Counter(reason for _, reason in dropped) == {OVERLOAD: 107}

    batch = lanes.take_live(1000, 1000, 0)

    assert [(one.frame.camera_id, one.frame.seq) for one in batch] == [
        ("loud", 107),
        ("quiet", 0),
        ("loud", 108),
        ("quiet", 100),
    ]


def test_recorded_frames_wait_for_live_ones_and_none_is_too_old() -> None:
    dropped = Dropped()
    lanes = Lanes(SETTINGS, dropped)
    for seq in range(6):
        lanes.put(item(seq, mode="batch"))
    lanes.put(item(9, at_ms=99_990))
    assert lanes.take_recorded() == []

    assert seqs(lanes.take_live(100_010, 100_010, 0)) == [9]
    assert seqs(lanes.take_recorded()) == [0, 1, 2, 3]
    assert seqs(lanes.take_recorded()) == [4, 5]
    assert dropped == []


def test_recorded_frames_have_room_by_number_and_by_bytes() -> None:
    lanes = Lanes(SETTINGS, Dropped())
    assert lanes.room == RECORDED_FRAMES
    for seq in range(RECORDED_FRAMES):
        lanes.put(item(seq, mode="batch"))
    assert lanes.room == 0
    lanes.take_recorded()
    assert lanes.room == SETTINGS.max_batch_frames

    full = Lanes(SETTINGS, Dropped())
    large = captured(0, bytes(64 << 20))
    for _ in range(2):
        full.put(Underway(large, "batch", 0, 0, Progress(), 0, 0))
    assert full.room == 0


def test_frames_of_a_partition_that_is_gone_are_nobodys() -> None:
    dropped = Dropped()
    lanes = Lanes(SETTINGS, dropped)
    mine, gone = item(0, mode="batch"), item(1, mode="batch")
    gone.progress.is_ours = False
    for one in (gone, mine):
        lanes.put(one)

    assert lanes.take_recorded() == [mine]
    assert dropped == []
