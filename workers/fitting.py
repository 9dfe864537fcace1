"""Batches no larger than a device's memory; knows neither the networks nor the device."""

import logging
import sys
from collections.abc import Sequence
from typing import Final

from moodtrace.messages import FrameCaptured, FrameFailed, Scored
from workers.infer import Analyse, failed

logger = logging.getLogger(__name__)

OUT_OF_MEMORY: Final = "out_of_memory"
"""Why a frame failed that does not fit even alone."""


class Fitting:
    """Analyses in halves what does not fit into memory, and remembers what does."""

    def __init__(self, analyse: Analyse, max_frames: int) -> None:
        """Begin with a guess.

        Args:
            analyse: what raises where memory ends: `MemoryError`, or torch's for a GPU.
            max_frames: larger batches are cut from the start.
        """
        self._analyse = analyse
        self.max_frames = max_frames
        """Larger batches don't fit, as far as is known."""

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        """Analyse frames; one that does not fit alone fails alone, and teaches nothing."""
        if len(frames) > self.max_frames:
            return self._in_parts(frames, self.max_frames)
        try:
            return self._analyse(frames)
        except Exception as error:
            if not _is_out_of_memory(error):
                raise
        if len(frames) == 1:
            return [failed(frames[0], OUT_OF_MEMORY)]
        return self._halved(frames)

    def _halved(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        half = (len(frames) + 1) // 2
        scored = self._in_parts(frames, half)
        if not any(isinstance(m, FrameFailed) and m.reason == OUT_OF_MEMORY for m in scored):
            self.max_frames = min(self.max_frames, half)
            logger.warning("memory is short", extra={"fields": {"max_frames": self.max_frames}})
        return scored

    def _in_parts(self, frames: Sequence[FrameCaptured], size: int) -> list[Scored]:
        parts = [frames[start : start + size] for start in range(0, len(frames), size)]
        return [message for part in parts for message in self(part)]


def _is_out_of_memory(error: Exception) -> bool:
    """Say whether memory ended; without importing torch, for only who did can raise its error."""
    torch = sys.modules.get("torch")
    return isinstance(error, MemoryError) or (
        torch is not None and isinstance(error, torch.cuda.OutOfMemoryError)
    )
