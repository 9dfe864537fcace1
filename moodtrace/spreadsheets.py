"""CSV whose text a spreadsheet shows and never runs; knows nothing of screenings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Final

_RUN_LATER: Final = re.compile(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|[\s\x00]")
"""What spreadsheets take for a formula once they have trimmed it, or for another cell."""
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")


def to_csv(columns: Sequence[str], records: Iterable[Mapping[str, object]]) -> bytes:
    """Write one line per record as UTF-8 CSV, under the names of the columns.

    Numbers stay numbers, None is an empty cell, and text that could be a formula gets a leading
    single quote; quoting alone would not help (OWASP ASVS 5.0, 1.2.10).
    """
    from defusedcsv import csv

    lines = StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(map(_defused, columns))
    writer.writerows([_defused(record.get(name)) for name in columns] for record in records)
    return lines.getvalue().encode()


def _defused(cell: object) -> object:
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")  # csv would not quote a bare \r
    return f"'{text}" if _RUN_LATER.match(text) else text
