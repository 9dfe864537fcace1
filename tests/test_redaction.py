import pytest

from moodtrace.redaction import redact_url, redacted


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:secret@host", "redis://:***@host"),
        ("redis://user:se:cr@t@host", "redis://user:***@host"),
        ("redis://host/0?password=secret&db=1", "redis://host/0?password=***&db=1"),
        ("http://cam/video.cgi?user=u&PWD=secret&x=1", "http://cam/video.cgi?user=u&PWD=***&x=1"),
        ("rediss://user@host", "rediss://user@host"),
        ("unix:///run/s", "unix:///run/s"),
        ("nonsense", "nonsense"),
    ],
)
def test_passwords_of_urls_are_hidden(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "can't open rtsp://u:canary@cam/1, nor 'rtsps://u:c@nary/?@cam/2'",
            "can't open rtsp://u:***@cam/1, nor 'rtsps://u:***@cam/2'",
        ),
        ("DESCRIBE\r\nAuthorization: Basic Y2FuYXJ5\r\nCSeq: 2", None),
        ("{'Authorization': 'Digest username=\"u\", response=\"canary\"'}", None),
        ("nothing secret at 12:30 @ home", "nothing secret at 12:30 @ home"),
    ],
)
def test_passwords_inside_a_text_are_hidden(text: str, shown: str | None) -> None:
    hidden = redacted(text)

    assert "canary" not in hidden
    assert "Y2FuYXJ5" not in hidden
    assert shown in (None, hidden)
