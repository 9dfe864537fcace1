"""Frames to faces, in batches and in order; knows neither the networks, the bus nor the store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from moodtrace.messages import Captured, FrameCaptured, Scored

MAX_BATCH_FRAMES = 16
"""Frames analysed together."""

Analyse = Callable[[Sequence[FrameCaptured]], list[Scored]]


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
