"""Frames to faces, in batches and in order; knows neither the networks, the bus nor the store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from moodtrace.messages import Captured, FrameCaptured, FrameFailed, Message, Scored
from moodtrace.settings import columns_and_rows

MAX_BATCH_FRAMES = 16
"""Frames analysed together."""

Analyse = Callable[[Sequence[FrameCaptured]], list[Scored]]
"""One result per frame, in the same order."""


def batch_frames(tiles: str) -> int:
    """Return how many frames make a batch where the detector looks at 16 pictures in all.

    Args:
        tiles: as in `AnalysisSettings`; frames in tiles are looked at as a whole, too.
    """
    columns, rows = columns_and_rows(tiles)
    pictures = columns * rows + (columns * rows > 1)
    return max(1, MAX_BATCH_FRAMES // pictures)


def infer(captured: Iterable[Captured], analyse: Analyse) -> Iterator[Scored]:
    """Analyse frames in batches; all else passes through, and the order is kept.

    Args:
        captured: What ingest says, in content-time order.
        analyse: One result per frame, in the same order.
    """
    waiting = iter(captured)
    while batch := list(islice(waiting, MAX_BATCH_FRAMES)):
        scored = iter(analyse([m for m in batch if isinstance(m, FrameCaptured)]))
        for message in batch:
            yield next(scored) if isinstance(message, FrameCaptured) else message


def failed(frame: Message, reason: str) -> FrameFailed:
    """Say that a frame was captured but could not be analysed, and why: a code."""
    return FrameFailed(
        screening_id=frame.screening_id,
        camera_id=frame.camera_id,
        source_epoch=frame.source_epoch,
        seq=frame.seq,
        pts_ms=frame.pts_ms,
        reason=reason,
    )
