"""Two kinds of time: seconds of content key the data, UTC serves operations only."""

import re
import time
from datetime import UTC, datetime
from typing import Final

from moodtrace.errors import UsageError

TIME: Final = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d{1,3})?)")


def utc_now() -> datetime:
    """Return the wall-clock time, aware, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def wall_ms() -> int:
    """Return the wall-clock time in whole milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def steady_ms() -> int:
    """Return milliseconds on a clock that never goes back; means nothing to other processes."""
    return time.monotonic_ns() // 1_000_000


def second_of(pts_ms: int) -> int:
    """Return the second of content that a playhead time in ms belongs to."""
    return pts_ms // 1000


def playhead(seconds: float) -> str:
    """Write a time of content as people do: `0:07`, `12:30`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def playhead_ms(text: str) -> int:
    """Read a time of content as people write it, `0:07.5`, `1:02:03` or `75`, in milliseconds.

    Raises:
        UsageError: It is no such time.
    """
    found = TIME.fullmatch(text)
    if not found:
        raise UsageError(
            "this is no time of a content",
            where=repr(text),
            try_this="write seconds (75), minutes (1:15) or hours (1:02:03)",
        )
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return round((hours * 3600 + minutes * 60 + seconds) * 1000)
