"""Has batches analysed by replicas elsewhere, whatever dies there; knows no Ray.

A replica has one batch at a time, so what was lost with a replica was the batch that it had, and
no other. A batch that is lost twice goes on frame by frame: the frame that is lost once more is
poison, and the others are scored.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

import msgspec

from moodtrace.messages import FacesScored, FrameCaptured, FrameFailed, Scored
from workers.face_analyzer import Reply
from workers.infer import failed

logger = logging.getLogger(__name__)

TRIES: Final = 2
"""Of a whole batch; each of its frames then has one more."""
POISON: Final = "poison"
"""Why a frame failed whose every replica was lost."""

Call = Callable[[Sequence[bytes]], Reply]
"""Has a batch of `FrameCaptured` as msgpack analysed; raises `BatchLostError`."""
Observe = Callable[[str, float], None]
"""Is told what a stage took for a batch, in seconds."""

_scored: Final = msgspec.msgpack.Decoder(FacesScored | FrameFailed)
_encode: Final = msgspec.msgpack.Encoder().encode


class BatchLostError(Exception):
    """A replica had the batch and did not answer: it died, hung or failed; ask another."""


class ServeClient:
    """Several batches under way at once; use it in a `with` block, which waits for them."""

    def __init__(
        self,
        call: Call,
        *,
        in_flight: int = 4,
        observe: Observe = lambda stage, seconds: None,
    ) -> None:
        """Send nothing yet.

        Args:
            call: has one batch analysed by one replica, and waits for it.
            in_flight: batches that may be under way; more wait.
            observe: is told how long stages took; called from several threads.
        """
        self._call = call
        self._observe = observe
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="serve-client")

    def submit(self, frames: Sequence[FrameCaptured]) -> "Future[list[Scored]]":
        """Begin to have frames analysed, and return at once; see `__call__`."""
        return self._pool.submit(self, frames)

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        """Have frames analysed.

        Returns:
            One message per frame, in the same order.

        Raises:
            ServerAwayError: there is no replica.
        """
        for _ in range(TRIES):
            try:
                return self._asked(frames)
            except BatchLostError as error:
                fields = {"frames": len(frames), "why": str(error)}
                logger.warning("batch lost, sent again", extra={"fields": fields})
        return [self._alone(frame) for frame in frames]

    def _alone(self, frame: FrameCaptured) -> Scored:
        try:
            return self._asked([frame])[0]
        except BatchLostError as error:
            fields = {"camera": frame.camera_id, "seq": frame.seq, "why": str(error)}
            logger.warning("frame given up", extra={"fields": fields})
            return failed(frame, POISON)

    def _asked(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        if not frames:
            return []
        reply = self._call([_encode(frame) for frame in frames])
        for stage, seconds in reply.seconds.items():
            self._observe(stage, seconds)
        return [_scored.decode(message) for message in reply.scored]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; what has not begun is cancelled."""
        self._pool.shutdown(cancel_futures=True)
