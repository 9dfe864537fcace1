"""What a decode process says, and the job it is given; knows nothing of PyAV, pipes or processes.

The pictures themselves are `moodtrace.messages`; these events stand around them.
"""

from typing import TypeAlias

import msgspec

from moodtrace.messages import (
    ANALYSIS_HEIGHT_PX,
    ANALYSIS_WIDTH_PX,
    FrameCaptured,
    FrameFailed,
)


class DecodeJob(msgspec.Struct, frozen=True, kw_only=True):
    """One file to read, and how."""

    path: bytes
    """As `os.fsencode` gives it: names of files need not be UTF-8."""
    screening_id: str
    camera_id: str
    source_epoch: int
    fps: float = 5.0
    """Frames sampled per second of content."""
    max_width: int = ANALYSIS_WIDTH_PX
    """Widest picture to analyse, in pixels; larger ones are scaled down, smaller ones kept."""
    max_height: int = ANALYSIS_HEIGHT_PX
    offset_ms: int = 0
    """Added to the file's own times; what lands before 0 on the playhead is not sampled."""
    start_ms: int = 0
    """Sampled frames before this time on the playhead are left out (a resumed run)."""
    max_frames_ahead: int = 8
    """Sampled frames that may wait in the decode process until somebody reads them."""


class SourceEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Fields that every event about a source carries."""

    camera_id: str


class SourceOpened(SourceEvent, frozen=True, kw_only=True, tag="source_opened"):
    """The first frame was decoded, so the source is what it says it is."""

    codec: str
    width: int
    """Width of the decoded picture in pixels, before rotation."""
    height: int
    average_fps: float
    """A guess of 25.0 if the source does not say."""
    duration_ms: int | None
    """Length that the header promises."""
    rotation_deg: int
    """Counter-clockwise turn that puts the picture upright: 0, 90, 180 or 270."""
    analysis_width: int
    """Width in pixels of the upright, scaled picture; later frames may differ."""
    analysis_height: int


class SourceRead(SourceEvent, frozen=True, kw_only=True, tag="source_read"):
    """A sign of life while frames are decoded and none is sampled; stays inside `ingest`."""


class SourceEnded(SourceEvent, frozen=True, kw_only=True, tag="source_ended"):
    """Nothing more comes from this source; always the last event of a camera."""

    reason: str = ""
    """Empty if all was read, else a key of `moodtrace.problems.SOURCE_PROBLEMS`."""
    captured: int = 0
    """Frames sampled, those that failed included."""
    failed: dict[str, int] = {}
    """Failed frames per reason."""
    end_ms: int = 0
    """Time on the playhead where the material that was read ends."""
    duration_ms: int | None = None
    """Length that the header promised, without the offset."""


Event: TypeAlias = SourceOpened | FrameCaptured | FrameFailed | SourceRead | SourceEnded
"""Everything that a decode process may say."""

PublicEvent: TypeAlias = SourceOpened | FrameCaptured | FrameFailed | SourceEnded
"""What readers of recorded footage see."""
