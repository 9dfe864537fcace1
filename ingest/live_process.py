"""The parent's side of a live decode process: starts it, listens, kills it; knows no PyAV."""

import logging
import os
import select
import time
from collections.abc import Iterator
from typing import Final, Self

import msgspec

from ingest.announced import Announced
from ingest.child import Child
from ingest.live_events import (
    SLOW_READER,
    LiveDropped,
    LiveEnded,
    LiveEvent,
    LiveFailed,
    LiveFrame,
    LiveJob,
)
from ingest.live_sources import absolute, without_secrets
from ingest.wire import Inbox

logger = logging.getLogger(__name__)

_READ_BYTES: Final = 1 << 16
_decoder: msgspec.msgpack.Decoder[LiveEvent] = msgspec.msgpack.Decoder(LiveEvent)


class LiveProcess:
    """Reads one camera in a process of its own; use it inside a `with` block.

    The child never waits for its reader: who reads slowly gets `LiveDropped`. A child that dies
    or talks nonsense ends with `LiveEnded(reason="decoder_lost")`; one that hangs says nothing,
    and it is for the caller to `kill` it, from whatever thread.
    """

    def __init__(self, job: LiveJob) -> None:
        """Start the child; what secrets the job holds go to it by pipe alone."""
        job = msgspec.structs.replace(job, source=absolute(job.source))
        self._job = job
        self._inbox = Inbox(_decoder)
        self._ended = False
        self._taken = 0
        """Frames that were read, or of which it was read that they were left out."""
        self._newest_ms = 0
        self._announced = Announced.new()
        try:
            shared = (self._announced.descriptor,)
            self._child = Child("ingest.live_decoder", msgspec.msgpack.encode(job), shared)
        except BaseException:
            self._announced.close()
            raise

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._child.pid

    @property
    def ended(self) -> bool:
        """Whether `LiveEnded` was read, after which nothing more comes."""
        return self._ended

    def fileno(self) -> int:
        """Return the file descriptor that can be read when the child said something."""
        return self._child.output

    def read(self, timeout_s: float | None = None) -> LiveEvent | None:
        """Return the next event, or None if none is whole within so many seconds.

        Args:
            timeout_s: how long to wait; None waits for ever.
        """
        if self._ended:
            return None
        try:
            event = self._next(timeout_s)
        except (OSError, EOFError, ValueError) as error:
            event = self._lost(error)
        self._note(event)
        return event

    def __iter__(self) -> Iterator[LiveEvent]:
        while (event := self.read()) is not None:
            yield event

    def kill(self) -> None:
        """End the child: SIGTERM, two seconds, SIGKILL. Does no harm when it is over."""
        self._child.kill()

    def undelivered(self, reason: str) -> LiveDropped | None:
        """Return the frames that a killed child had sampled, and that were not read of it.

        When they were captured is not known: they are spread up to the newest.
        """
        said = self._announced.said()
        count = said.frames - self._taken
        if count <= 0:
            return None
        first_ms = said.last_ms
        if self._newest_ms:
            first_ms = self._newest_ms + (said.last_ms - self._newest_ms) // count
        self._taken, self._newest_ms = said.frames, said.last_ms
        return LiveDropped(count=count, reason=reason, first_ms=first_ms, last_ms=said.last_ms)

    def _note(self, event: LiveEvent | None) -> None:
        match event:
            case LiveFrame() | LiveFailed():
                self._taken += 1
                self._newest_ms = max(self._newest_ms, event.capture_ms)
            case LiveDropped() if event.reason == SLOW_READER:
                self._taken += event.count
                self._newest_ms = max(self._newest_ms, event.last_ms)
            case LiveEnded():
                self._ended = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()
        self._announced.close()

    def _next(self, timeout_s: float | None) -> LiveEvent | None:
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while (event := self._inbox.take()) is None:
            if not self._wait(deadline_s):
                return None
            received = os.read(self._child.output, _READ_BYTES)
            if not received:
                raise EOFError("the decode process ended without a word")
            self._inbox.add(received)
        return event

    def _wait(self, deadline_s: float | None) -> bool:
        """Wait for something to read; tell whether there is."""
        poll = select.poll()
        poll.register(self._child.output, select.POLLIN)
        if deadline_s is None:
            return bool(poll.poll())
        return bool(poll.poll(max(0.0, deadline_s - time.monotonic()) * 1000))

    def _lost(self, error: Exception) -> LiveEnded:
        self.kill()
        fields = {
            "camera_id": self._job.camera_id,
            "returncode": self._child.returncode,
            "error": str(error),
            "stderr": without_secrets(self._child.stderr_tail(), self._job),
        }
        logger.debug("decode process lost", extra={"fields": fields})
        return LiveEnded(reason="decoder_lost", detail=str(error))
