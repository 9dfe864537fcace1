"""Gives live frames their place: which screening, which second, which number; reads nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ingest.live_events import LiveFailed, LiveFrame
from moodtrace.cameras import Camera
from moodtrace.messages import Captured, FrameCaptured, FrameFailed
from moodtrace.playhead import Place, Stretch, place


class Showing(NamedTuple):
    """A screening that is running, or was until just now."""

    screening_id: str
    """Of the first viewing."""
    stretches: tuple[Stretch, ...]
    """What was done to its content so far."""


Showings = Mapping[str, Sequence[Showing]]
"""By audience; no two of one audience played at the same time."""


class Opening(NamedTuple):
    """The trace and the connection that frames belong to; each has an epoch of its own."""

    screening_id: str
    viewing: int
    camera_id: str
    connection: int


class Stamp(NamedTuple):
    """What an opening is called in the messages."""

    screening_id: str
    """Of the viewing."""
    source_epoch: int


@dataclass
class _Numbered:
    opening: Opening
    stamp: Stamp
    next_seq: int = 0


class Stamper:
    """Turns what decode processes say into messages, one camera's frames in order."""

    def __init__(self, stamp_of: Callable[[Opening], Stamp]) -> None:
        """Start with nothing numbered.

        Args:
            stamp_of: raises the source epoch in the store; called once per opening, from the
                thread that calls `stamp`, whatever it raises goes through.
        """
        self._stamp_of = stamp_of
        self._numbered: dict[str, _Numbered] = {}

    def stamp(
        self,
        camera: Camera,
        connection: int,
        frame: LiveFrame | LiveFailed,
        showings: Showings,
    ) -> Captured | None:
        """Make the message of a frame.

        Args:
            camera: that saw it.
            connection: rises each time that the camera is opened anew.
            frame: in the order of capture.
            showings: what was shown of late, by audience.

        Returns:
            None if nothing was being shown to the camera's audience.
        """
        found = _place(camera, frame, showings)
        if found is None:
            return None
        screening_id, at = found
        numbered = self._opened(Opening(screening_id, at.viewing, camera.name, connection))
        numbered.next_seq += 1
        return _message(numbered, camera, at, frame)

    def _opened(self, opening: Opening) -> _Numbered:
        known = self._numbered.get(opening.camera_id)
        if known is None or known.opening != opening:
            known = _Numbered(opening, self._stamp_of(opening))
            self._numbered[opening.camera_id] = known
        return known


def _place(
    camera: Camera, frame: LiveFrame | LiveFailed, showings: Showings
) -> tuple[str, Place] | None:
    """Say which screening a frame is of, and where its content stood."""
    capture_ms = frame.capture_ms + camera.offset_ms
    for showing in showings.get(camera.audience, ()):
        if at := place(showing.stretches, capture_ms):
            return showing.screening_id, at
    return None


def _message(
    numbered: _Numbered, camera: Camera, at: Place, frame: LiveFrame | LiveFailed
) -> Captured:
    seq = numbered.next_seq - 1
    if isinstance(frame, LiveFailed):
        return FrameFailed(
            screening_id=numbered.stamp.screening_id,
            camera_id=camera.name,
            source_epoch=numbered.stamp.source_epoch,
            seq=seq,
            pts_ms=at.pts_ms,
            reason=frame.reason,
        )
    return FrameCaptured(
        screening_id=numbered.stamp.screening_id,
        camera_id=camera.name,
        source_epoch=numbered.stamp.source_epoch,
        seq=seq,
        pts_ms=at.pts_ms,
        width=frame.width,
        height=frame.height,
        encoding="jpeg",
        image=frame.image,
    )
