"""Faces to rows: closes each second of content and writes it; knows only the writer it is given."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from moodtrace.attention import calibrated
from moodtrace.ledger import Ledger, settle
from moodtrace.messages import Scored
from moodtrace.timeline import (
    NO_FRAMES,
    Row,
    State,
    analysed,
    by_second,
    gap,
    gap_reason,
    row_of,
)
from moodtrace.viewers import Thresholds, viewers_of
from workers.tracking import follow, still_followed

GAPS_AT_ONCE: Final = 1000
"""A step of the store stays short, however long the gap."""


class RowWriter(Protocol):
    """Where rows go: the store's writer, or a list in a test."""

    @property
    def next_second(self) -> int:
        """First second that has no row yet."""

    @property
    def after(self) -> State:
        """What the last row left to the next."""

    def append(self, rows: Sequence[Row], ledger: Ledger) -> None:
        """Write rows and the ledger in one atomic step."""


def aggregate(
    messages: Iterable[Scored], writer: RowWriter, ledger: Ledger, thresholds: Thresholds
) -> Iterator[Row]:
    """Write the row of each second as soon as it is complete, and gaps where none came.

    Args:
        messages: In content-time order over all cameras. If reading them raises, the second
            that was open is not written, so that a resumed run takes it up from its start.
        writer: Where the rows go, and what the next one begins with.
        ledger: Frames are booked as their second is closed.
        thresholds: From which median score on a viewer shows an emotion.

    Yields:
        Each row with frames after it was written.
    """
    for second, group in by_second(messages):
        write_gaps(writer, ledger, second)
        settle(ledger, group)
        row = closed(second, group, writer.after, thresholds)
        writer.append([row], ledger)
        yield row


def closed(second: int, messages: Sequence[Scored], before: State, thresholds: Thresholds) -> Row:
    """Make the row of a second out of what is known of its frames.

    Args:
        second: Second of content.
        messages: In any order; a repeat changes nothing.
        before: What the second before left.
        thresholds: From which median score on a viewer shows an emotion.

    Returns:
        The row; a gap if not one frame was analysed.
    """
    frames = analysed(messages)
    if not frames:
        return _gap(second, gap_reason(messages), before)
    tracks, sightings = follow(before.tracks, frames, second)
    facing = calibrated(before.facing, sightings)
    viewers = viewers_of(sightings, tracks, facing, thresholds)
    return row_of(second, frames, viewers, State(tracks=tracks, facing=facing))


def _gap(second: int, reason: str, before: State) -> Row:
    """Make a gap that keeps who may come back."""
    return gap(second, reason, replace(before, tracks=still_followed(before.tracks, second)))


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
        seconds = range(first, min(first + GAPS_AT_ONCE, until_second))
        writer.append([_gap(second, reason, writer.after) for second in seconds], ledger)
