"""Scenes and moments of a content: the CSV that people write, as times with names."""

import csv
from io import StringIO
from typing import Final

import msgspec

from moodtrace.clock import second_of
from moodtrace.errors import UsageError

COLUMNS: Final = ("start_ms", "end_ms", "label", "kind")


class Marker(msgspec.Struct, frozen=True):
    """One scene or moment."""

    start_ms: int
    """On the content's playhead."""
    end_ms: int
    """Where it ends; the same as the start for a moment."""
    label: str
    kind: str
    """Any word: scene, brand, joke."""

    @property
    def second(self) -> int:
        """The second of content in which it starts."""
        return second_of(self.start_ms)


def parse_markers(text: str, where: str = "markers") -> list[Marker]:
    """Read markers, in the order of their start.

    Args:
        text: CSV with the columns of `COLUMNS`; empty for none.
        where: what errors call it.

    Raises:
        UsageError: The columns are others, or a line makes no sense.
    """
    if not text.strip():
        return []
    lines = csv.reader(StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")), strict=True)
    try:
        header, *rest = [(lines.line_num, line) for line in lines]
    except csv.Error as error:
        raise _wrong(
            str(error), f"{where}:{lines.line_num}", "quote labels that hold a quote or a comma"
        ) from error
    if tuple(cell.strip() for cell in header[1]) != COLUMNS:
        raise _wrong(
            "the markers have other columns",
            f"{where}:1",
            f"begin the file with the line {','.join(COLUMNS)}",
        )
    found = [_marker(line, f"{where}:{number}") for number, line in rest if line]
    return sorted(found, key=lambda marker: (marker.start_ms, marker.end_ms))


def _marker(line: list[str], where: str) -> Marker:
    cells = [cell.strip() for cell in line]
    times = cells[:2]
    if len(cells) != len(COLUMNS) or not all(cell.isascii() and cell.isdigit() for cell in times):
        raise _wrong(
            "this is no marker",
            where,
            "write two times in ms, a label and a kind: 0,4000,opening,scene",
        )
    start_ms, end_ms = map(int, times)
    if end_ms < start_ms or not cells[2]:
        raise _wrong(
            "this marker ends before it starts" if cells[2] else "this marker has no label",
            where,
            "write a start, an end that is not earlier, a label and a kind",
        )
    return Marker(start_ms, end_ms, cells[2], cells[3])


def _wrong(what: str, where: str, try_this: str) -> UsageError:
    return UsageError(what, where=where, try_this=try_this)
