"""The decode process: `python -m ingest.decoder`, a job on stdin, events on stdout.

Crafted video may crash or hang libav; here that costs one process, which its parent replaces.
"""

import queue
import sys
import threading
from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from ingest.confinement import claimed_stdout, confine
from ingest.decode import read_file
from ingest.events import DecodeJob, Event
from ingest.wire import pack


def main() -> None:
    """Read the job, decode the file, say everything on what was stdout."""
    confine()
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=DecodeJob)
    with claimed_stdout() as output:
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


if __name__ == "__main__":
    main()
