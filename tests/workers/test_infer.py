from collections.abc import Sequence

import pytest

from moodtrace.messages import FrameCaptured, Scored
from tests.factories import captured, failed, scored
from workers.infer import MAX_BATCH_FRAMES, batch_frames, infer


def test_frames_go_through_in_batches_and_failures_pass_in_their_place() -> None:
    batches: list[int] = []

    def analyse(frames: Sequence[FrameCaptured]) -> list[Scored]:
        batches.append(len(frames))
        return [scored(frame.pts_ms, seq=frame.seq) for frame in frames]

    told = [failed(seq * 200) if seq == 3 else captured(seq) for seq in range(40)]
    results = list(infer(told, analyse))

    assert [message.seq for message in results] == list(range(40))
    assert results[3] == failed(600)
    assert batches == [MAX_BATCH_FRAMES - 1, MAX_BATCH_FRAMES, 40 - 2 * MAX_BATCH_FRAMES]


@pytest.mark.parametrize(("tiles", "frames"), [("1", 16), ("2x2", 3), ("3x2", 2), ("4x4", 1)])
def test_a_batch_of_frames_in_tiles_has_fewer_frames(tiles: str, frames: int) -> None:
    assert batch_frames(tiles) == frames
