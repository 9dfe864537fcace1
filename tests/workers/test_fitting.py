from collections.abc import Sequence

import numpy as np
import pytest
import torch

from moodtrace.messages import FrameCaptured, FrameFailed, Scored
from tests.factories import captured, scored
from workers.fitting import Fitting


class Device:
    """Analyses up to so many frames at once, and none whose picture is longer than 3 bytes."""

    def __init__(self, room: int, error: Exception) -> None:
        self.room = room
        self.error = error
        self.asked: list[int] = []

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        self.asked.append(len(frames))
        if len(frames) > self.room or any(len(frame.image) > 3 for frame in frames):
            raise self.error
        return [scored(frame.pts_ms, seq=frame.seq) for frame in frames]


def numpy_error() -> Exception:
    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 60, np.uint8)
    return caught.value


@pytest.mark.parametrize("error", [torch.cuda.OutOfMemoryError("CUDA"), numpy_error()])
def test_what_does_not_fit_is_halved_once_and_remembered(error: Exception) -> None:
    device = Device(room=8, error=error)
    fitting = Fitting(device, 32)

    first = fitting([captured(seq, bytes(3)) for seq in range(32)])
    again = fitting([captured(seq, bytes(3)) for seq in range(16)])

    assert [message.seq for message in first] == list(range(32))
    assert [message.seq for message in again] == list(range(16))
    assert device.asked == [32, 16, 8, 8, 8, 8, 8, 8]
    assert fitting.max_frames == 8


def test_a_frame_that_does_not_fit_alone_fails_alone_and_teaches_nothing() -> None:
    device = Device(room=16, error=torch.cuda.OutOfMemoryError("CUDA"))
    fitting = Fitting(device, 16)
    frames = [captured(seq, image=bytes(9 if seq == 5 else 3)) for seq in range(16)]

    results = fitting(frames)

    assert [m.seq for m in results if isinstance(m, FrameFailed)] == [5]
    assert [m.reason for m in results if isinstance(m, FrameFailed)] == ["out_of_memory"]
    assert [message.seq for message in results] == list(range(16))
    assert fitting.max_frames == 16


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="something else"):
        Fitting(Device(room=0, error=RuntimeError("something else")), 1)([captured(0, bytes(3))])
