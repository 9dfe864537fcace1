"""Frames through replicas as an infer worker has them analysed, without its brokers."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from moodtrace.bus import Mode
from moodtrace.clock import steady_ms, wall_ms
from moodtrace.messages import FrameCaptured, Scored
from moodtrace.settings import load_worker_settings
from workers.inference import Inference, Outlets
from workers.lanes import Underway, camera_of
from workers.progress import Progress
from workers.serve_client import Call, ServeClient

LONGEST_S = 120
ASKED_AGAIN = "a batch failed"
"""In the log, each time that one is lost."""


class Asking:
    """Frames of one partition, of which as many batches are under way as there may be."""

    def __init__(self, client: ServeClient, mode: Mode, batches: int, batch_frames: int) -> None:
        self._mode = mode
        self._sent: list[Scored] = []
        outlets = Outlets(self._sent.append, bury=lambda item, reason: None)
        settings = load_worker_settings().model_copy(
            update={
                "max_batch_frames": batch_frames,
                "in_flight": batches + (mode == "batch"),  # which leave a place for live ones
                "max_wait_ms": 0,
                "max_age_ms": 1000 * LONGEST_S,
            }
        )
        self._inference = Inference(client.submit, outlets, settings)
        self._progress: Progress[Scored] = Progress()

    def begin(self, frames: Sequence[FrameCaptured]) -> None:
        """Hand over what fits, and return at once."""
        for frame in frames:
            offset = self._progress.read
            self._progress.begin(offset, camera_of(frame))
            self._progress.read += 1
            now = {"at_ms": wall_ms(), "since_ms": steady_ms()}
            self._inference.take(Underway(frame, self._mode, 0, offset, self._progress, **now))
        self._inference.turn()

    @property
    def is_under_way(self) -> bool:
        """Whether a replica still has something of it."""
        self._inference.turn()
        return not self._inference.is_idle

    def results(self) -> list[Scored]:
        """Wait for what was begun; one message per frame, in the same order."""
        until_s = time.monotonic() + LONGEST_S
        while self.is_under_way:
            assert time.monotonic() < until_s
            time.sleep(0.005)
        results = self._sent.copy()
        self._sent.clear()
        return results

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        """Have frames analysed, whatever dies."""
        self.begin(frames)
        return self.results()


@contextmanager
def asking(
    call: Call, *, mode: Mode = "batch", batches: int = 1, batch_frames: int = 16
) -> Iterator[Asking]:
    """Have frames analysed while the block runs."""
    with ServeClient(call, in_flight=batches + 1) as client:
        yield Asking(client, mode, batches, batch_frames)
