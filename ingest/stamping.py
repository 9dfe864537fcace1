"""Gives live frames their place: which screening, which second, which number; reads nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ingest.live_events import LiveFailed, LiveFrame
from moodtrace.cameras import Camera
from moodtrace.messages import Captured, FrameCaptured, FrameFailed
from moodtrace.playhead import place
from moodtrace.screening import viewing_id
from moodtrace.showing import Showings


class Position(NamedTuple):
    """Where a frame belongs."""

    screening_id: str
    """Of the first viewing."""
    viewing: int
    pts_ms: int
    """Time on the playhead."""

    @property
    def trace_id(self) -> str:
        """The screening id of the viewing's own trace."""
        return viewing_id(self.screening_id, self.viewing)


def position(camera: Camera, capture_ms: int, showings: Showings) -> Position | None:
    """Say which screening a frame is of, and where its content stood.

    Args:
        camera: that saw it.
        capture_ms: Unix time of capture, as the decode process says.
        showings: what was shown of late, by audience.

    Returns:
        None if nothing was being shown to the camera's audience.
    """
    for showing in showings.get(camera.audience, ()):
        if at := place(showing.stretches, capture_ms + camera.offset_ms):
            return Position(showing.screening_id, at.viewing, at.pts_ms)
    return None


class Opening(NamedTuple):
    """The trace and the connection that frames belong to; each has an epoch of its own."""

    screening_id: str
    """Of the first viewing."""
    viewing: int
    camera_id: str
    connection: int


@dataclass
class _Numbered:
    opening: Opening
    epoch: int
    next_seq: int = 0


class Stamper:
    """Turns what decode processes say into messages, one camera's frames in order."""

    def __init__(self, epoch_of: Callable[[Opening], int | None]) -> None:
        """Start with nothing numbered.

        Args:
            epoch_of: gives the source epoch of an opening, None as long as there is none; asked
                from the thread that calls `stamp`, until it is known.
        """
        self._epoch_of = epoch_of
        self._numbered: dict[str, _Numbered] = {}

    def stamp(
        self, camera: Camera, connection: int, frame: LiveFrame | LiveFailed, at: Position
    ) -> Captured | None:
        """Make the message of a frame.

        Args:
            camera: that saw it.
            connection: rises each time that the camera is opened anew.
            frame: in the order of capture.
            at: where it belongs.

        Returns:
            None if its source epoch is not known yet.
        """
        numbered = self._opened(Opening(at.screening_id, at.viewing, camera.name, connection))
        if numbered is None:
            return None
        numbered.next_seq += 1
        return _message(numbered, at, frame)

    def _opened(self, opening: Opening) -> _Numbered | None:
        known = self._numbered.get(opening.camera_id)
        if known is not None and known.opening == opening:
            return known
        epoch = self._epoch_of(opening)
        if epoch is None:
            return None
        self._numbered[opening.camera_id] = _Numbered(opening, epoch)
        return self._numbered[opening.camera_id]


def _message(numbered: _Numbered, at: Position, frame: LiveFrame | LiveFailed) -> Captured:
    camera_id, seq = numbered.opening.camera_id, numbered.next_seq - 1
    if isinstance(frame, LiveFailed):
        return FrameFailed(
            screening_id=at.trace_id,
            camera_id=camera_id,
            source_epoch=numbered.epoch,
            seq=seq,
            pts_ms=at.pts_ms,
            reason=frame.reason,
        )
    return FrameCaptured(
        screening_id=at.trace_id,
        camera_id=camera_id,
        source_epoch=numbered.epoch,
        seq=seq,
        pts_ms=at.pts_ms,
        width=frame.width,
        height=frame.height,
        encoding=frame.encoding,
        image=frame.image,
    )
