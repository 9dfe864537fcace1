"""The parent's side of a decode process that reads a file: listens, kills; never decodes itself."""

import logging
import os
import select
from collections import Counter
from collections.abc import Iterator
from typing import Self

import msgspec

from ingest.child import Child
from ingest.events import DecodeJob, PublicEvent, SourceEnded, SourceRead
from ingest.wire import unpack
from moodtrace.messages import FrameCaptured, FrameFailed

logger = logging.getLogger(__name__)


class DecodeProcess:
    """Reads one file in a process of its own; iterate over it once, inside a `with` block.

    The pipe gives back-pressure: a parent that reads slowly makes the decoder wait. A child that
    dies, hangs or talks nonsense ends with `SourceEnded(reason="source_lost")`.
    """

    def __init__(self, job: DecodeJob, *, silent_s: float = 30.0) -> None:
        """Start the child.

        Args:
            job: what to read.
            silent_s: how long, in seconds, the child may take to give a sign of life.
        """
        self._camera_id = job.camera_id
        self._silent_ms = silent_s * 1000
        self._child = Child("ingest.decoder", msgspec.msgpack.encode(_with_absolute_path(job)))

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._child.pid

    def __iter__(self) -> Iterator[PublicEvent]:
        tally = _Tally(self._camera_id)
        try:
            while not tally.ended:
                event = unpack(self._read_exactly)
                if not isinstance(event, SourceRead):
                    tally.note(event)
                    yield event
        except (OSError, EOFError, ValueError) as error:
            self.kill()
            self._log_death(error)
            yield tally.source_lost()

    def kill(self) -> None:
        """End the child: SIGTERM, two seconds, SIGKILL. Does no harm when it is over."""
        self._child.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def _read_exactly(self, count: int) -> bytearray:
        received = bytearray(count)
        rest = memoryview(received)
        poll = select.poll()
        poll.register(self._child.output, select.POLLIN)
        while rest:
            if not poll.poll(self._silent_ms):
                raise TimeoutError(f"no sign of life for {self._silent_ms / 1000:g} s")
            read = os.readv(self._child.output, [rest])
            if read == 0:
                raise EOFError("the decode process ended in the middle")
            rest = rest[read:]
        return received

    def _log_death(self, error: Exception) -> None:
        fields = {
            "camera_id": self._camera_id,
            "returncode": self._child.returncode,
            "error": str(error),
            "stderr": self._child.stderr_tail(),
        }
        logger.debug("decode process lost", extra={"fields": fields})


class _Tally:
    """What came from a child so far, for the case that it can't say so itself."""

    def __init__(self, camera_id: str) -> None:
        self._camera_id = camera_id
        self._captured = 0
        self._failed: Counter[str] = Counter()
        self._end_ms = 0
        self.ended = False

    def note(self, event: PublicEvent) -> None:
        self.ended = isinstance(event, SourceEnded)
        if isinstance(event, FrameCaptured | FrameFailed):
            self._captured += 1
            self._end_ms = event.pts_ms
        if isinstance(event, FrameFailed):
            self._failed[event.reason] += 1

    def source_lost(self) -> SourceEnded:
        return SourceEnded(
            camera_id=self._camera_id,
            reason="source_lost",
            captured=self._captured,
            failed=dict(self._failed),
            end_ms=self._end_ms,
        )


def _with_absolute_path(job: DecodeJob) -> DecodeJob:
    return msgspec.structs.replace(job, path=os.path.abspath(job.path))  # noqa: PTH100 (bytes)
