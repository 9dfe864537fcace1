"""Tells whether a file ends before its header says; decodes nothing."""

from fractions import Fraction
from typing import Final

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

_TICKS_PER_S: Final = 1_000_000
"""libav counts the length of a whole file in microseconds."""
_MISSING_S: Final = 1
_MISSING_SHARE: Final = Fraction(5, 100)
"""More than a second and more than this share must be missing: headers are often a bit off."""


def duration_ms(container: InputContainer, video: VideoStream) -> int | None:
    """Return the length that the header promises for the picture, in ms; None if it says none."""
    if video.duration and video.time_base:
        return int(video.duration * video.time_base * 1000)
    return container.duration // 1000 if container.duration else None


class Material:
    """Follows the packets of all streams, since the sound may outlast the picture."""

    def __init__(self, container: InputContainer, video: VideoStream) -> None:
        self._container = container
        self._video = video
        self._end_s = Fraction(0)

    def note(self, packet: "Packet[Stream]") -> None:
        """Note how far the material reaches."""
        begin = packet.dts if packet.pts is None else packet.pts
        if begin is not None and packet.time_base:
            self._end_s = max(self._end_s, (begin + (packet.duration or 0)) * packet.time_base)

    def is_cut(self, size_bytes: int) -> bool:
        """Tell, after the last packet, whether the file's tail is missing."""
        return self._ends_early() or self._index_points_past(size_bytes)

    def _ends_early(self) -> bool:
        expected_s = Fraction(self._container.duration or 0, _TICKS_PER_S)
        start_s = Fraction(self._container.start_time or 0, _TICKS_PER_S)
        missing_s = expected_s - (self._end_s - start_s)
        return missing_s > _MISSING_S and missing_s > expected_s * _MISSING_SHARE

    def _index_points_past(self, size_bytes: int) -> bool:
        entries = self._video.index_entries
        if not len(entries):
            return False
        last = entries[len(entries) - 1]
        return last.pos + last.size > size_bytes
