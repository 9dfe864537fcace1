"""Messages between the stages: past-tense facts with a version; knows nothing of the bus."""

from typing import Final, Literal

import msgspec

ANALYSIS_WIDTH_PX: Final = 960
ANALYSIS_HEIGHT_PX: Final = 544
"""Pictures are scaled to fit this; docs/decisions/0001-analysis-size.md says why."""
BOX_UNITS: Final = 10_000
"""Places in a picture are written in 1/10000 of its width and height."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Fields that every message carries; together the first four are the frame's identity."""

    screening_id: str
    camera_id: str
    source_epoch: int
    """Raised at every open of the source (reconnect, rewind, restart)."""
    seq: int
    """Number of the frame inside its epoch; contiguous from 0."""
    pts_ms: int
    """Time on the content's playhead, in milliseconds."""


class FrameCaptured(Message, frozen=True, kw_only=True, tag="frame_captured/1"):
    """One picture at the analysis size; lives for minutes at most."""

    width: int
    """Width of the picture in pixels."""
    height: int
    """Height of the picture in pixels."""
    encoding: Literal["raw", "jpeg"]
    """`raw`: `height x width x 3` bytes, BGR, row by row. `jpeg`: a JPEG file."""
    image: bytes


class FrameFailed(Message, frozen=True, kw_only=True, tag="frame_failed/1"):
    """A frame that was captured but could not be analysed."""

    reason: str
    """A code: `corrupt`, `model_nan`, `bad_picture`, …"""


class SourceFinished(Message, frozen=True, kw_only=True, tag="source_finished/1"):
    """Nothing more comes of a recorded camera; its `seq` is the number of frames that came before.

    `pts_ms` is where on the playhead the material that was read ends.
    """

    reason: str = ""
    """Empty if all was read, `interrupted`, or a key of `moodtrace.problems.SOURCE_PROBLEMS`."""
    promised_ms: int = 0
    """Playhead time until which a broken source should have gone; 0 if nothing is missing."""


class FrameDropped(Message, frozen=True, kw_only=True, tag="frame_dropped/1"):
    """A frame that was captured and given up unread: there was no time for it."""

    reason: str
    """A code: `stale`, `overload`."""


class Quality(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How well a face can be read, in integers: what faces are left out by, and drift is seen in.

    How each is measured: `models.face_quality`.
    """

    size_px: int
    """Longer side of the box, in pixels of the analysed frame."""
    sharpness: int
    """Fineness of its edges, in hundredths of a cycle per crop: 0 to 800."""
    brightness: int
    """Mean gray, 0 to 255."""
    contrast: int
    """Standard deviation of the gray, in tenths of a gray level."""
    cut: int
    """Share of the face beyond the frame's edge, in thousandths."""
    occlusion: int
    """By how much the eyes or the mouth are flatter than the face, in thousandths: a hint only."""


QUALITY_UNITS: Final = (1, 100, 1, 10, 1000, 1000)
"""What a measure of 1 is in `Quality`, in the order of its fields."""


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted face in one frame, in integers from here on."""

    xyxy: tuple[int, int, int, int]
    """Box corners in 1/10000 of the analysed frame: left, top, right, bottom."""
    score: int
    """Detector's confidence, in thousandths."""
    emotion: tuple[int, ...] = ()
    """One score per name in `EMOTIONS`, in thousandths, about 1000 in all; empty if excluded."""
    age: tuple[int, ...] = ()
    """Share in each of `AGE_BANDS` but `unknown`, in thousandths, 1000 in all; empty if unknown."""
    age_tenths: int = 0
    """Mean age, in tenths of a year; means nothing where `age` is empty, and is never exported."""
    pose: tuple[int, ...] = ()
    """Yaw, pitch and roll of the head in degrees (`models.head_pose`); empty if too small, or
    if the detector gives no landmarks."""
    abstained: bool = False
    """Whether the network is too unsure to say what a usable face shows."""
    excluded: str = ""
    """Why the face is not usable, out of `moodtrace.exclusions`; empty if it is."""
    quality: Quality | None = None
    """How well it can be read; None in messages from before it was measured."""


class FacesScored(Message, frozen=True, kw_only=True, tag="faces_scored/1"):
    """All faces of one frame, numbers only; an empty tuple says that nobody was seen."""

    faces: tuple[Face, ...]
    detector: str
    """Id of the detector's card."""
    emotion_model: str
    """Id of the emotion model's card."""
    age_model: str = ""
    """Id of the age model's card; empty if ages are not estimated."""
    analysis_sha256: str = ""
    """Of the settings and weights that made the numbers; empty in older messages."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="dead_letter/1"):
    """A message that could not be read or a frame that could not be analysed.

    It says where the message lies and what it was, never what it held.
    """

    reason: str
    """A code of `moodtrace.codec.UnreadableMessageError`, or of `FrameFailed`."""
    topic: str
    partition: int
    offset: int
    sha256: str
    """Of the message's bytes, as hex."""
    size_bytes: int


Captured = FrameCaptured | FrameFailed | SourceFinished
"""What ingest says of a sampled frame, and that a recording has no more of them."""

Scored = FacesScored | FrameFailed | FrameDropped | SourceFinished
"""What the workers say of a captured frame, and that a recording has no more of them."""
