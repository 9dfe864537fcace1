"""Opens a recorded file without trusting it; decodes nothing.

libav never sees the user's path. It gets an open file object and a short list of demuxers, and
every file or address that the bytes ask for in turn is refused, so that a playlist in disguise can
neither read another file nor call a server.
"""

import os
import stat
from collections.abc import Iterator
from typing import BinaryIO, Final, NoReturn

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from moodtrace.problems import SourceError

MAX_PIXELS: Final = 7680 * 4320
MAX_STREAMS: Final = 16

_DEMUXERS: Final = "mov,matroska,mpegts,mpeg,avi,flv,ogg,mxf,asf"
_OPTIONS: Final = {
    "format_whitelist": _DEMUXERS,
    "protocol_whitelist": "none",
    "max_streams": str(MAX_STREAMS),
    "max_pixels": str(MAX_PIXELS),
}
_BUFFER_BYTES: Final = 1 << 18


def open_file(path: bytes) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        SourceError: there is none, it is not a regular one, it is empty or may not be read.
    """
    name = os.fsdecode(path)
    try:
        # Without O_NONBLOCK the open of a FIFO waits for a writer, maybe for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        raise SourceError("no_permission", name) from error
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise SourceError("no_such_file", name) from error
    except OSError as error:
        raise SourceError("not_a_file", name) from error
    try:
        _require_content(os.fstat(descriptor), name)
        # Opened by number, so that the file object's name tells libav nothing.
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _require_content(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise SourceError("is_a_directory", name)
    if not stat.S_ISREG(status.st_mode):
        raise SourceError("not_a_file", name)
    if status.st_size == 0:
        raise SourceError("empty_file", name)


def open_container(file: BinaryIO, name: str) -> InputContainer:
    """Let libav read the file's header.

    Raises:
        SourceError: it is no video that can be read, or only the beginning of one.
    """
    if _is_cut_mp4(file):
        raise SourceError("truncated", name)
    file.seek(0)
    try:
        return av.open(
            file, "r", options=_OPTIONS, buffer_size=_BUFFER_BYTES, io_open=_refuse_nested
        )
    except FFmpegError as error:
        raise SourceError("not_media", name) from error


def _refuse_nested(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError("a recorded file may not open anything else")


def best_video_stream(container: InputContainer, name: str) -> VideoStream:
    """Choose the largest video stream, the first among equals; cover pictures don't count.

    Raises:
        SourceError: there is none, or none that can be decoded, or it is larger than 8K.
    """
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not moving:
        raise SourceError("no_video_stream", name)
    known = [stream for stream in moving if stream.codec_context is not None]
    if not known:
        raise SourceError("not_media", name)
    best = max(known, key=lambda stream: stream.width * stream.height)
    if best.width * best.height > MAX_PIXELS:
        raise SourceError("too_large", name)
    best.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    best.thread_type = "AUTO"
    return best


def _is_cut_mp4(file: BinaryIO) -> bool:
    """Tell whether this began as an MP4 whose index (`moov`) is missing or incomplete."""
    boxes = dict(_boxes(file))
    size_bytes = os.fstat(file.fileno()).st_size
    return b"ftyp" in boxes and boxes.get(b"moov", size_bytes + 1) > size_bytes


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the kind and the end, in bytes from the start, of every top-level MP4 box."""
    start = 0
    while True:
        file.seek(start)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1:  # the real size follows in 64 bits
            size = int.from_bytes(header[8:], "big")
        if len(header) < 8 or size < 8:
            return
        start += size
        yield header[4:8], start
