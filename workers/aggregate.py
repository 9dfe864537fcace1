"""Faces to rows: closes each second of content and writes it; knows only the writer it is given."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from moodtrace.ledger import Ledger, settle
from moodtrace.messages import Scored
from moodtrace.timeline import NO_FRAMES, Row, by_second, gaps, row_of

GAPS_AT_ONCE = 1000
"""A step of the store stays short, however long the gap."""


class RowWriter(Protocol):
    """Where rows go: the store's writer, or a list in a test."""

    next_second: int
    """First second that has no row yet."""

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger in one atomic step."""


def aggregate(messages: Iterable[Scored], writer: RowWriter, ledger: Ledger) -> Iterator[Row]:
    """Write the row of each second as soon as it is complete, and gaps where none came.

    Args:
        messages: In content-time order over all cameras. If reading them raises, the second
            that was open is not written, so that a resumed run takes it up from its start.
        writer: Where the rows go.
        ledger: Frames are booked as their second is closed.

    Yields:
        Each row with frames after it was written.
    """
    for second, frames in by_second(messages):
        write_gaps(writer, ledger, second)
        settle(ledger, frames)
        row = row_of(second, frames)
        writer.append([row], ledger)
        yield row


def write_gaps(
    writer: RowWriter, ledger: Ledger, until_second: int, reason: str = NO_FRAMES
) -> None:
    """Write a gap for every second from the last row on.

    Args:
        writer: Where the rows go.
        ledger: Counts to write with them.
        until_second: First second that is not written.
        reason: Why there are no data.
    """
    for first in range(writer.next_second, until_second, GAPS_AT_ONCE):
        last = min(first + GAPS_AT_ONCE, until_second)
        writer.append(gaps(range(first, last), reason), ledger)
