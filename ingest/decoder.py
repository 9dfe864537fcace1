"""The decode process: `python -m ingest.decoder`, a job on stdin, events on stdout.

Crafted video may crash or hang libav; here that costs one process, which its parent replaces.
"""

import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from ingest.decode import read_file
from ingest.events import DecodeJob, Event
from ingest.wire import pack


def main() -> None:
    """Read the job, decode the file, say everything on what was stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody reads any more: end without a word
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold pictures
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=DecodeJob)
    with _claimed_stdout() as output:
        write_ahead(read_file(job), output, job.max_frames_ahead)


def write_ahead(events: Iterable[Event], output: BinaryIO, max_frames_ahead: int) -> None:
    """Write events while the next ones are being made; a slow reader holds the maker up."""
    waiting: queue.Queue[Event | None] = queue.Queue(max_frames_ahead)
    writer = threading.Thread(target=_write_all, args=(waiting, output), daemon=True)
    writer.start()
    for event in events:
        waiting.put(event)
    waiting.put(None)
    writer.join()


def _write_all(waiting: "queue.Queue[Event | None]", output: BinaryIO) -> None:
    while (event := waiting.get()) is not None:
        output.write(pack(event))
        output.flush()


def _claimed_stdout() -> BinaryIO:
    """Keep stdout for events alone: what a codec library prints goes to stderr."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return output


if __name__ == "__main__":
    main()
