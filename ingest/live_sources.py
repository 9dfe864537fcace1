"""What libav must be told to read a live source, and no more than it needs; opens nothing.

Every kind of source has its own list of protocols: what a camera answers can neither read a file
nor make us call anybody by another way.
"""

import base64
import os
import re
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit, urlunsplit

from ingest.live_events import LiveJob
from ingest.opening import MAX_PIXELS, MAX_STREAMS

FILE: Final = "file:"
V4L2: Final = "v4l2:"

_RTSP: Final = frozenset({"rtsp", "rtsps"})
_HTTP: Final = frozenset({"http", "https"})
_DEVICE: Final = re.compile(r"/dev/video[0-9]{1,3}|/dev/v4l/by-(id|path)/[\w.:+-]{1,200}")
_SIZE: Final = re.compile(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}")
_RATE: Final = re.compile(r"[1-9][0-9]{0,5}(/[1-9][0-9]{0,3})?")
_PIXELS: Final = re.compile(r"[a-z0-9_]{1,20}")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]")
_URL: Final = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"]+", re.IGNORECASE)

_LIMITS: Final = {"max_streams": str(MAX_STREAMS), "max_pixels": str(MAX_PIXELS)}
_V4L2_OPTIONS: Final = {
    "size": ("video_size", _SIZE),
    "fps": ("framerate", _RATE),
    "format": ("input_format", _PIXELS),
}


class LiveSourceError(Exception):
    """A source can't be read; never leaves the decode process."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class Address(NamedTuple):
    """What `av.open` gets. `url` may hold a password: never show it."""

    url: str
    container_format: str | None
    options: Mapping[str, str]
    host: str = ""
    """Empty if it is on this machine."""
    port: int = 0
    is_tls: bool = False

    @property
    def is_rtsp(self) -> bool:
        """Whether it is a camera that speaks RTSP."""
        return self.container_format == "rtsp"


def address(job: LiveJob) -> Address:
    """Return what libav must be told to read the source of a job that is not a file.

    Raises:
        LiveSourceError: it is no source (`bad_source`), or one that is not allowed.
    """
    if job.source.startswith(V4L2):
        return _v4l2(job.source)
    if _CONTROL.search(job.source):
        raise LiveSourceError("bad_source", "it has a space or a control character")
    try:
        parts = urlsplit(job.source)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise LiveSourceError("bad_source", str(error)) from error
    if parts.scheme not in _RTSP | _HTTP or not host:
        raise LiveSourceError("bad_source", "unknown kind of source")
    if parts.scheme in _HTTP and not job.allow_http:
        raise LiveSourceError("not_allowed", "reading over HTTP is not switched on")
    is_rtsp, is_tls = parts.scheme in _RTSP, parts.scheme.endswith("s")
    usual_port = (322 if is_tls else 554) if is_rtsp else (443 if is_tls else 80)
    options = _LIMITS | (_rtsp_options(job) if is_rtsp else _HTTP_OPTIONS)
    return Address(
        url=_with_credentials(parts, job),
        container_format="rtsp" if is_rtsp else None,
        options=options | (_tls_options() if is_tls else {}),
        host=host,
        port=port or usual_port,
        is_tls=is_tls,
    )


def file_path(source: str) -> str | None:
    """Return the path of a `file:` source as it stands there, None if it is another kind."""
    if not source.startswith(FILE):
        return None
    path = source.removeprefix(FILE)
    return path.removeprefix("//") if path.startswith("///") else path


def absolute(source: str) -> str:
    """Return the source with a relative path made absolute; others stay as they are."""
    path = file_path(source)
    return source if path is None else FILE + os.path.abspath(path)  # noqa: PTH100 (no such file)


def without_secrets(text: str, job: LiveJob) -> str:
    """Return `text` without any URL and without the job's password, however it is written."""
    for spelling in sorted(_spellings(job), key=len, reverse=True):
        text = text.replace(spelling, "***")
    return _URL.sub("<url>", text)


def _spellings(job: LiveJob) -> set[str]:
    found = {job.password, quote(job.password, safe="")}
    if job.password:
        found.add(base64.b64encode(f"{job.username}:{job.password}".encode()).decode())
    userinfo, at, _ = job.source.partition("://")[2].rpartition("@")
    if at:
        found |= {userinfo, userinfo.partition(":")[2], unquote(userinfo.partition(":")[2])}
    return found - {""}


def _with_credentials(parts: SplitResult, job: LiveJob) -> str:
    userinfo, at, host_and_port = parts.netloc.rpartition("@")
    if job.username:
        userinfo, at = f"{quote(job.username, safe='')}:{quote(job.password, safe='')}", "@"
    return urlunsplit(parts._replace(netloc=f"{userinfo}{at}{host_and_port}"))


def _rtsp_options(job: LiveJob) -> dict[str, str]:
    return {
        "protocol_whitelist": "rtsp,rtp,udp,tcp,tls,crypto",
        "rtsp_transport": job.transport,
        "allowed_media_types": "video",
        # As little as can be: what libav reads to guess from, it gives out late and all at once.
        "analyzeduration": "1",
        "probesize": "32",
    }


_HTTP_OPTIONS: Final = {
    "protocol_whitelist": "http,https,tcp,tls,crypto",
    "format_whitelist": "hls,mpjpeg,mpegts,mov",
}


def _tls_options() -> dict[str, str]:
    """Trust whom this machine trusts; libav would trust everybody."""
    trusted = ssl.get_default_verify_paths().cafile
    if trusted is None:
        raise LiveSourceError("tls_failed", "this machine has no file of trusted certificates")
    return {"tls_verify": "1", "ca_file": trusted}


def _v4l2(source: str) -> Address:
    """Read `v4l2:/dev/video0?size=1280x720&fps=30&format=mjpeg`."""
    device, _, query = source.removeprefix(V4L2).partition("?")
    if not _DEVICE.fullmatch(device):
        raise LiveSourceError("bad_source", "this is no video device")
    options = dict(_LIMITS)
    for name, value in parse_qsl(query, keep_blank_values=True):
        option, pattern = _V4L2_OPTIONS.get(name, ("", _SIZE))
        if not option or not pattern.fullmatch(value):
            raise LiveSourceError("bad_source", f"unknown option of a video device: {name}")
        options[option] = value
    return Address(device, "v4l2", options | {"protocol_whitelist": "none"})
