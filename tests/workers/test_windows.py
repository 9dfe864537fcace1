from hypothesis import given
from hypothesis import strategies as st

from moodtrace.messages import Scored
from tests.factories import scored
from workers.windows import Windows


def test_a_second_closes_once_all_cameras_went_on_for_the_grace() -> None:
    windows = Windows(0, grace_ms=2_000)
    for pts_ms in (0, 500, 1_000):
        windows.add(scored(pts_ms, camera="a"), pts_ms)
        windows.add(scored(pts_ms, camera="b"), pts_ms)
    windows.add(scored(3_000, camera="a"), 3_000)
    windows.add(scored(2_999, camera="b"), 3_000)
    assert windows.due(3_000) == []

    windows.add(scored(3_001, camera="b", seq=99), 3_001)

    assert [(second, len(frames)) for second, frames in windows.due(3_001)] == [(0, 4)]
    assert windows.next_second == 1


def test_a_camera_that_is_idle_holds_nobody_up() -> None:
    windows = Windows(0, grace_ms=1_000, idle_ms=2_000)
    windows.add(scored(0, camera="a"), 0)
    for pts_ms in range(0, 4_000, 500):
        windows.add(scored(pts_ms, camera="b"), pts_ms)

    assert [second for second, _ in windows.due(1_999)] == []
    assert [second for second, _ in windows.due(3_500)] == [0, 1]


def test_when_all_are_silent_for_the_grace_all_closes() -> None:
    windows = Windows(0, grace_ms=5_000)
    windows.add(scored(700), 700)

    assert windows.due(5_600) == []
    assert [second for second, _ in windows.due(5_700)] == [0]


def test_a_frame_that_comes_again_counts_once() -> None:
    windows = Windows(0)
    for _ in range(3):
        windows.add(scored(700), 0)

    assert windows.waiting == 1
    assert windows.close() == [(0, [scored(700)])]


def test_seconds_go_by_while_every_camera_is_silent() -> None:
    windows = Windows(0, grace_ms=5_000)
    windows.add(scored(700), 700)

    windows.due(12_300, playhead_ms=12_300)

    assert windows.next_second == 7


def test_a_camera_whose_frames_are_on_their_way_is_waited_for() -> None:
    windows = Windows(0, grace_ms=1_000)
    windows.add(scored(0, camera="a"), 0)
    for pts_ms in range(0, 20_000, 500):
        windows.add(scored(pts_ms, camera="b"), pts_ms)

    assert windows.due(19_500, 19_500, frozenset("a")) == []
    assert windows.add(scored(400, camera="a"), 19_600)
    windows.add(scored(9_000, camera="a"), 19_700)
    assert [second for second, _ in windows.due(19_700, 19_700)] == list(range(8))


def test_a_camera_that_was_never_heard_is_waited_for_too_but_not_for_ever() -> None:
    windows = Windows(0)

    windows.due(30_000, 30_000, frozenset("a"))
    assert windows.next_second == 0
    windows.due(61_000, 61_000, frozenset("a"))
    assert windows.next_second == 56


def test_what_comes_after_its_second_is_late() -> None:
    windows = Windows(0, grace_ms=0)
    windows.add(scored(0), 0)
    windows.add(scored(1_500), 1_500)
    windows.due(1_500)

    assert not windows.add(scored(900), 1_600)
    assert windows.waiting == 1


@given(st.permutations(range(0, 5_000, 250)))
def test_any_order_within_the_grace_gives_the_same_seconds(order: list[int]) -> None:
    windows = Windows(0, grace_ms=5_000)
    closed: dict[int, list[Scored]] = {}
    for now_ms, pts_ms in enumerate(order):
        assert windows.add(scored(pts_ms), now_ms)
        closed.update(windows.due(now_ms))
    closed.update(windows.close())

    found = {second: sorted(m.pts_ms for m in frames) for second, frames in closed.items()}
    assert found == {s: list(range(s * 1000, s * 1000 + 1000, 250)) for s in range(5)}
