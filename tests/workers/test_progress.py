from collections import defaultdict
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from workers.progress import Progress

CAMERAS = st.sampled_from(["left", "middle", "right"])


@given(data=st.data(), cameras=st.lists(CAMERAS, max_size=30), gaps=st.sets(st.integers(0, 40)))
def test_only_what_is_settled_without_a_hole_is_passed_and_cameras_keep_their_order(
    data: st.DataObject, cameras: list[str], gaps: set[int]
) -> None:
    progress: Progress[int] = Progress()
    offsets = [number for number in range(80) if number not in gaps][: len(cameras)]
    camera_of = dict(zip(offsets, cameras, strict=True))
    for offset, camera in camera_of.items():
        progress.begin(offset, camera)
        progress.read = offset + 1
    left = defaultdict[str, list[int]](list)
    unsettled = list(offsets)
    steps = [(offset, step) for step in ("finish", "settle") for offset in offsets]
    for offset, step in data.draw(st.permutations(steps)):
        if step == "finish":
            for place, result in progress.finish(offset, camera_of[offset], -offset):
                assert result == -place
                left[camera_of[place]].append(place)
        else:
            progress.settle(offset)
            progress.settle(offset)
            unsettled.remove(offset)
        assert progress.position == min(unsettled, default=progress.read)

    assert all(found == sorted(found) for found in left.values())
    assert sorted(chain(*left.values())) == offsets


def test_a_result_waits_for_those_of_its_own_camera_alone() -> None:
    progress: Progress[str] = Progress()
    for offset, camera in enumerate(["left", "left", "right"]):
        progress.begin(offset, camera)

    assert progress.finish(1, "left", "second") == []
    assert progress.finish(2, "right", "other") == [(2, "other")]
    assert progress.finish(0, "left", "first") == [(0, "first"), (1, "second")]
