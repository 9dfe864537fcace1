"""Faces to rows: closes each second of content and writes it; knows only the writer it is given."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from moodtrace.ledger import Ledger, settle
from moodtrace.messages import Scored
from moodtrace.timeline import Row, by_second, gaps, row_of


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
        Each row after it was written.
    """
    for second, frames in by_second(messages):
        settle(ledger, frames)
        rows = [*gaps(range(writer.next_second, second)), row_of(second, frames)]
        writer.append(rows, ledger)
        yield from rows


def write_tail(writer: RowWriter, ledger: Ledger, end_ms: int, reason: str) -> None:
    """Write gaps from the last row to where the material should have ended.

    Args:
        writer: Where the rows go.
        ledger: Counts to write with them.
        end_ms: Playhead time of the end.
        reason: Why the rest is missing.
    """
    writer.append(gaps(range(writer.next_second, -(-end_ms // 1000)), reason), ledger)
