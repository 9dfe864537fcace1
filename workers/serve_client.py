"""Has batches analysed by replicas elsewhere, several at once; knows no Ray.

A replica has one batch at a time, so what is lost with it is the batch that it had, and no other.
Who has the frames asks again: see `workers.inference`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

import msgspec

from moodtrace.messages import FacesScored, FrameCaptured, FrameFailed, Scored
from workers.face_analyzer import Reply
from workers.scaling import Waiting

Call = Callable[[Sequence[bytes], Waiting | None], Reply]
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

    def submit(
        self, frames: Sequence[FrameCaptured], waiting: Waiting | None = None
    ) -> "Future[list[Scored]]":
        """Begin to have frames analysed, and return at once; see `__call__`."""
        return self._pool.submit(self, frames, waiting)

    def __call__(
        self, frames: Sequence[FrameCaptured], waiting: Waiting | None = None
    ) -> list[Scored]:
        """Have frames analysed, once.

        Args:
            frames: of any screenings and cameras.
            waiting: how long they have waited, for those who say how many replicas there are.

        Returns:
            One message per frame, in the same order.

        Raises:
            BatchLostError: the replica that had them did not answer.
            ServerAwayError: there is no replica.
        """
        if not frames:
            return []
        reply = self._call([_encode(frame) for frame in frames], waiting)
        for stage, seconds in reply.seconds.items():
            self._observe(stage, seconds)
        return [_scored.decode(message) for message in reply.scored]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; what has not begun is cancelled."""
        self._pool.shutdown(cancel_futures=True)
