"""Logs as one JSON object a line, without passwords; knows nothing of what is logged.

Loggers are those of the standard library: a constant text and `extra={"fields": {...}}`.
"""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO

from moodtrace.redaction import redacted


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON: `time` (UTC), `level`, `logger`, `event`, then its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line without a line break."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(_shown(entry), ensure_ascii=False)


def _shown(value: object) -> object:
    """Make a value fit for JSON and for all eyes."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(name): _shown(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
    return redacted(str(value))


def log_as_json(stream: IO[str], level: int = logging.INFO) -> None:
    """Send what every logger says to `stream`; call it once, when a process starts."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
