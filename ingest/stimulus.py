"""Whether browsers play a content; it is opened, and its first picture is read."""

from pathlib import Path
from typing import Final

import av
from av.error import FFmpegError

from moodtrace.errors import UsageError
from moodtrace.stimuli import PLAYED

CODECS: Final = {"mp4": {"h264", "vp9", "av1"}, "webm": {"vp8", "vp9", "av1"}}
"""What browsers play in each container, by its name in FFmpeg.

MDN, "Media container formats",
https://developer.mozilla.org/en-US/docs/Web/Media/Guides/Formats/Containers
"""
PIXELS: Final = {"yuv420p", "yuvj420p"}
"""H.264 in more bits or colours is played by few of them."""
CONVERTED: Final = (
    "ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p -c:a aac -movflags +faststart OUT.mp4"
)


def check_played(path: Path) -> None:
    """Refuse a content that browsers don't play.

    Raises:
        UsageError: It is no video, or in another format.
    """
    if path.suffix.lower() not in PLAYED:
        raise _refused(path, f"files ending in {path.suffix or 'nothing'}")
    try:
        with av.open(str(path)) as opened:
            if not opened.streams.video:
                raise _refused(path, "files without a video stream")
            stream = opened.streams.video[0]
            next(opened.decode(stream))
            containers = set(opened.format.name.split(","))
            codec, pixels = stream.codec_context.name, stream.codec_context.pix_fmt
    except (FFmpegError, StopIteration) as error:
        raise UsageError(
            "the content can't be read as video", where=str(path), try_this="give another file"
        ) from error
    known = set().union(*(codecs for name, codecs in CODECS.items() if name in containers))
    if {"libdav1d": "av1", "libvpx-vp9": "vp9", "libvpx": "vp8"}.get(codec, codec) not in known:
        raise _refused(path, f"{codec} in {'/'.join(sorted(containers))}")
    if codec == "h264" and pixels not in PIXELS:
        raise _refused(path, f"H.264 of {pixels}")


def _refused(path: Path, what: str) -> UsageError:
    return UsageError(
        f"browsers don't play {what}", where=str(path), try_this=f"convert it: {CONVERTED}"
    )
