import io
import json
import logging
from collections.abc import Iterator

import pytest

from moodtrace.logs import log_as_json

URL = "rtsp://operator:canary@cam/1"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # else logging closes those of pytest
    stream = io.StringIO()
    log_as_json(stream, logging.DEBUG)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_record_is_one_line_of_json_with_its_fields(stream: io.StringIO) -> None:
    fields = {"camera": "front", "failures": 2, "since": None}
    logging.getLogger("ingest.test").info("camera changed", extra={"fields": fields})

    lines = stream.getvalue().splitlines()
    entry = json.loads(lines[0])
    assert len(lines) == 1
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "info",
        "logger": "ingest.test",
        "event": "camera changed",
        **fields,
    }


def test_no_password_gets_into_a_log_by_text_field_or_traceback(stream: io.StringIO) -> None:
    logger = logging.getLogger("ingest.test")
    logger.debug("opening %s", URL)
    logger.debug("opening", extra={"fields": {"source": URL, "all": [{"deep": URL}]}})
    try:
        raise OSError(URL)
    except OSError as error:
        logger.exception("it failed", extra={"fields": {"error": error}})

    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert "canary" not in stream.getvalue()
    assert entries[1]["all"] == [{"deep": "rtsp://operator:***@cam/1"}]
    assert "Traceback" in entries[2]["traceback"]
