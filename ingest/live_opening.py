"""Opens a live source and says what is wrong with it by a reason code; decodes nothing."""

import errno
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import av
from av import error as av_errors
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from ingest.live_events import LiveJob
from ingest.live_sources import Address, LiveSourceError, address
from ingest.opening import MAX_PIXELS

_DIAGNOSIS_S: Final = 1.0
"""What of `open_s` is kept for finding out why a source can't be opened."""
_LEAST_OPEN_S: Final = 1.0

_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (av_errors.HTTPUnauthorizedError, "auth_failed"),
    (av_errors.HTTPForbiddenError, "auth_failed"),
    (av_errors.HTTPNotFoundError, "not_found"),
    (av_errors.HTTPError, "rejected"),
    (av_errors.FileNotFoundError, "not_found"),
    (av_errors.PermissionError, "no_permission"),
    (av_errors.ConnectionRefusedError, "refused"),
    (av_errors.ExitError, "silent"),
    (av_errors.TimeoutError, "silent"),
    (av_errors.EOFError, "ended"),
    (av_errors.ConnectionResetError, "ended"),
    (av_errors.BrokenPipeError, "ended"),
    (av_errors.DecoderNotFoundError, "unsupported_codec"),
    (av_errors.InvalidDataError, "not_media"),
)
_AMBIGUOUS: Final = frozenset({"silent", "not_media", "unreachable"})
"""Reasons that libav gives for others too: a reset connection is invalid data to it."""


@contextmanager
def opened(job: LiveJob) -> Iterator[InputContainer]:
    """Open the source of a job that is not a file.

    Raises:
        LiveSourceError: it can't be opened.
    """
    where = address(job)
    open_s = max(_LEAST_OPEN_S, job.open_s - _DIAGNOSIS_S)
    started_s = time.monotonic()
    try:
        container = av.open(
            where.url,
            "r",
            format=where.container_format,
            options=dict(where.options),
            timeout=(open_s, job.read_s),
        )
    except FFmpegError as error:
        reason = "silent" if time.monotonic() - started_s >= open_s else reason_of(error)
        if where.host and reason in _AMBIGUOUS:
            reason = _diagnosed(reason, where)
        raise LiveSourceError(reason, detail_of(error)) from error
    with container:
        yield container


def live_video_stream(container: InputContainer) -> VideoStream:
    """Choose the largest video stream that can be decoded, the first among equals.

    Raises:
        LiveSourceError: there is none, or it is larger than 8K.
    """
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not moving:
        raise LiveSourceError("no_video_stream")
    known = [stream for stream in moving if stream.codec_context is not None]
    if not known:
        raise LiveSourceError("unsupported_codec")
    best = max(known, key=lambda stream: stream.width * stream.height)
    if best.width * best.height > MAX_PIXELS:
        raise LiveSourceError("too_large")
    return best


def ready_for_live(video: VideoStream) -> VideoStream:
    """Let damaged pictures out, marked as such: what is not seen can't be counted.

    Threads would hold pictures back and lose these marks, and many cameras share few cores.
    """
    video.codec_context.options = {"max_pixels": str(MAX_PIXELS), "flags": "+output_corrupt"}
    video.thread_type, video.codec_context.thread_count = "NONE", 1
    return video


def reason_of(error: FFmpegError) -> str:
    """Return the reason code of what libav raised."""
    if error.errno == errno.EBUSY:
        return "busy"
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return "unreachable"


def detail_of(error: FFmpegError) -> str:
    """Return what libav said; `str` would name the URL, and the password in it."""
    return str(error.strerror)


def _diagnosed(reason: str, where: Address) -> str:
    """Find out by a connection of our own what libav does not tell apart."""
    try:
        plain = socket.create_connection((where.host, where.port), _DIAGNOSIS_S)
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "unreachable"
    with plain:
        try:
            with _secured(plain, where) as connection:
                return _asked(connection, reason) if where.is_rtsp else reason
        except ssl.SSLError:
            return "tls_failed"
        except TimeoutError:
            return "silent"
        except OSError:  # reset
            return "ended"


def _secured(plain: socket.socket, where: Address) -> socket.socket:
    if not where.is_tls:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=where.host)


def _asked(connection: socket.socket, reason: str) -> str:
    """Ask a camera what it can do, and judge by its answer what was wrong."""
    if reason == "unreachable":  # it is not, and says something that libav has no word for
        return "rejected"
    connection.sendall(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n")
    answer = connection.recv(16)
    if answer and not answer.startswith(b"RTSP/"):
        return "not_media"
    return "ended" if reason == "not_media" else reason
