"""The live decode process: `python -m ingest.live_decoder FD`, a job on stdin, events on stdout.

It never waits for its reader. What a hostile stream does to libav costs this process alone.
"""

import sys
import threading
from typing import BinaryIO, Final

import cv2
import msgspec

from ingest.announced import Announced
from ingest.confinement import claimed_stdout, confine
from ingest.live import read_live
from ingest.live_events import LiveAlive, LiveEnded, LiveEvent, LiveFailed, LiveFrame, LiveJob
from ingest.outbox import Outbox
from ingest.wire import pack

_MAX_MEMORY_BYTES: Final = 2 << 30
"""Three times what the largest pictures that are read take: 0.7 GB, for 8K in H.265."""


def main() -> None:
    """Read the job, then the source for as long as it lasts; say everything on what was stdout."""
    confine(_MAX_MEMORY_BYTES)
    cv2.setNumThreads(1)
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=LiveJob)
    with claimed_stdout() as output:
        _write(LiveAlive(), output)  # imports took a while; who watches counts from here on
        outbox = Outbox()
        writer = threading.Thread(target=_write_all, args=(outbox, output), daemon=True)
        writer.start()
        announced = Announced(int(sys.argv[1]))
        for event in read_live(job):
            if isinstance(event, LiveFrame | LiveFailed):
                announced.add(event.capture_ms)
            outbox.put(event)
        writer.join()


def _write_all(outbox: Outbox, output: BinaryIO) -> None:
    ended = False
    while not ended:
        event = outbox.take()
        _write(event, output)
        ended = isinstance(event, LiveEnded)


def _write(event: LiveEvent, output: BinaryIO) -> None:
    output.write(pack(event))
    output.flush()


if __name__ == "__main__":
    main()
