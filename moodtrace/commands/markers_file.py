"""The file of scenes and moments that a screening is given."""

from pathlib import Path

from moodtrace.errors import UsageError
from moodtrace.markers import parse_markers


def read_markers(path: Path) -> str:
    """Return the text of a file of markers, which is what a record keeps.

    Raises:
        UsageError: It can't be read, or is no such file.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the markers can't be read",
            where=str(path),
            try_this="save them as CSV in UTF-8",
        ) from error
    parse_markers(text, str(path))
    return text
