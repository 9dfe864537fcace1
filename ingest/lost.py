"""Finds pictures that went into a decoder and never came out; knows only their timestamps."""

import heapq
from fractions import Fraction


class LostPictures:
    """Compares the timestamps of packets with those of the frames that come back.

    Decoders give frames in order of showing, so what is older than the newest frame will not come
    any more. It counts as lost only where it leaves a hole of more than one and a half intervals:
    some codecs have packets that are never shown.
    """

    def __init__(self, interval_ticks: Fraction) -> None:
        self._interval_ticks = interval_ticks
        self._sent: list[int] = []
        self._newest: int | None = None

    def sent(self, pts: int | None) -> None:
        """Note a packet that the decoder was given."""
        if pts is not None:
            heapq.heappush(self._sent, pts)

    def before(self, pts: int | None) -> list[int]:
        """Note a frame that came out; return the lost timestamps just before it, ascending."""
        if pts is None:
            return []
        older = self._pop_until(pts)
        previous, self._newest = self._newest, pts
        if previous is None:
            return older
        hole = pts - previous > self._interval_ticks * Fraction(3, 2)
        return [lost for lost in older if lost > previous] if hole else []

    def rest(self) -> list[int]:
        """Return, after the last frame, the lost timestamps that lie behind it, ascending."""
        if self._newest is None:
            return []
        earliest = self._newest + self._interval_ticks / 2
        return sorted({lost for lost in self._sent if lost > earliest})

    def _pop_until(self, pts: int) -> list[int]:
        older: list[int] = []
        while self._sent and self._sent[0] <= pts:
            lost = heapq.heappop(self._sent)
            if lost < pts and lost not in older[-1:]:
                older.append(lost)
        return older
