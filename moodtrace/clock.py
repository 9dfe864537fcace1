"""Two kinds of time: seconds of content key the data, UTC serves operations only."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the wall-clock time, aware, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def second_of(pts_ms: int) -> int:
    """Return the second of content that a playhead time in ms belongs to."""
    return pts_ms // 1000


def playhead(seconds: float) -> str:
    """Write a time of content as people do: `0:07`, `12:30`, `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
