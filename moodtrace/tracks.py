"""Faces over time in one camera, as they are stored with each row; numbers and places only."""

from typing import Final, NamedTuple

import msgspec

from moodtrace.ages import UNREAD, Ages
from moodtrace.messages import Face

UNCONFIRMED: Final = 0
"""Id of a track that may yet turn out to be a flicker."""


class Track(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One face as it was last seen."""

    id: int = UNCONFIRMED
    """From 1 on in the order of confirmation; means nothing outside its screening."""
    xyxy: tuple[int, int, int, int]
    """Last box, in 1/10000 of the frame."""
    speed: tuple[int, int] = (0, 0)
    """How the box moves, right and down, in 1/10000 of the frame per second."""
    first_ms: int
    """When it was first seen."""
    last_ms: int
    """When it was last seen."""
    hits: int = 1
    """Frames in which it was seen until it was confirmed."""
    frames: int = 1
    """Frames of its camera in that time."""
    ages: Ages = UNREAD
    """What was read of its age in the seconds that ended."""

    @property
    def is_confirmed(self) -> bool:
        """Whether it counts as a viewer."""
        return self.id != UNCONFIRMED


class Tracks(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All faces that are followed at the end of a second."""

    cameras: dict[str, tuple[Track, ...]] = {}
    """By camera; a camera without a track is left out."""
    confirmed: int = 0
    """How many were confirmed so far: the highest id."""


NOBODY: Final = Tracks()
"""Before the first second."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A face in one frame, and whose it is."""

    camera_id: str
    track_id: int
    face: Face


class Place(NamedTuple):
    """Where a face was in most frames of a second, by name; empty for no zone, no seat."""

    zone: str = ""
    seat: str = ""


class Sitter(msgspec.Struct, frozen=True, kw_only=True):
    """Who was last seen in a seat."""

    viewer_id: int
    second: int
    """When that was."""
