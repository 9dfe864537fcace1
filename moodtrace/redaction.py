"""Hides passwords in what people and logs are shown; knows only how they are commonly written."""

import re
from typing import Final

_URL: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"']+", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"([?&](?:pass(?:word|wd)?|pwd|token)=)[^&\s]*", re.IGNORECASE)
_HEADER: Final = re.compile(r"(authorization\W+)[^\r\n]+", re.IGNORECASE)


def redact_url(url: str) -> str:
    """Return `url` with its passwords hidden, wherever they stand in it."""
    scheme, mark, rest = url.partition("://")
    userinfo, at, host = rest.rpartition("@")
    if mark and at:
        user, colon, _ = userinfo.partition(":")
        url = f"{scheme}://{user}{':***' if colon else ''}@{host}"
    return _PARAMETER.sub(r"\1***", url)


def redacted(text: str) -> str:
    """Return `text` with the passwords of all URLs and of RTSP or HTTP headers in it hidden."""
    return _HEADER.sub(r"\1***", _URL.sub(lambda url: redact_url(url[0]), text))
