"""A log in a file in the place of a broker, so that hundreds of crashes take minutes.

It is read as `moodtrace.bus_consumer.Consumer` is. Brokers that die or rebalance are in tests of
their own, on real ones.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec

from moodtrace.bus_consumer import Batch, Received
from moodtrace.codec import decode_scored
from moodtrace.messages import Scored


def write(path: Path, messages: Sequence[Scored]) -> None:
    """Store messages in the order in which they are to be read."""
    path.write_bytes(msgspec.msgpack.encode([msgspec.msgpack.encode(one) for one in messages]))


class FileLog:
    """One partition, with the position that was committed in a file beside it."""

    is_away = False
    topic_id = ""

    def __init__(self, path: Path, pause_s: float, ended: Callable[[], None]) -> None:
        """Open it where it was committed.

        Args:
            path: of the messages.
            pause_s: between two polls.
            ended: called once all was read.
        """
        packed = msgspec.msgpack.decode(path.read_bytes(), type=list[bytes])
        self._messages = [decode_scored(message) for message in packed]
        self._committed = path.with_suffix(".committed")
        self._at = int(self._committed.read_text()) if self._committed.exists() else 0
        self._pause_s = pause_s
        self._ended = ended

    def poll(self, max_items: int, timeout_s: float) -> Batch[Scored]:
        """Return the next few."""
        time.sleep(self._pause_s)
        found = self._messages[self._at : self._at + min(max_items, 8)]
        if not found:
            self._ended()
            time.sleep(0.005)
            return Batch()
        received = [Received(0, self._at + n, message) for n, message in enumerate(found)]
        start, self._at = self._at, self._at + len(found)
        return Batch(received, {0: self._at}, {0: start})

    def seek(self, partition: int, offset: int) -> None:
        """Go on elsewhere."""
        self._at = offset

    def position(self, partition: int) -> int:
        """Where it goes on."""
        return self._at

    def confirm(self) -> bool:
        """It is never made anew."""
        return True

    def end(self, partition: int) -> int:
        """Where it ends."""
        return len(self._messages)

    def offset_at(self, partition: int, at_ms: int) -> int:
        """Where it goes back to, to read all again."""
        return 0

    def partition_of(self, key: bytes) -> int:
        """Where messages with a key lie."""
        return 0

    def commit(self, positions: Mapping[int, int]) -> bool:
        """Keep a position."""
        if 0 in positions:
            new = self._committed.with_suffix(".new")
            new.write_text(str(positions[0]))
            new.rename(self._committed)
        return True

    def partitions(self) -> set[int]:
        """All there are."""
        return {0}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""


class Nowhere:
    """A topic that nobody reads."""

    def send(self, message: object) -> None:
        """Take a message."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""
