"""The record of a screening: what was shown to whom, how it was read, and how far that got."""

import re
from datetime import datetime
from typing import Final, Literal

import msgspec

from moodtrace.errors import UsageError
from moodtrace.ledger import Ledger

NAME: Final = re.compile(r"[\w \-.()]{1,64}")
"""Names of screenings, contents, audiences and cameras."""

State = Literal["running", "finished", "interrupted", "failed"]

AreaKind = Literal["zone", "seat"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where one camera's frames came from."""

    name: str
    """File name without its folder."""
    offset_ms: int = 0
    """Playhead time of its first frame."""
    fingerprint: str = ""
    """Its size and a hash of its ends, so that a resumed run knows it again."""
    problem: str = ""
    """Reason code if it could not be read, wholly or in part."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A polygon in the picture of one camera."""

    kind: AreaKind
    """A zone is a segment of the audience; a seat holds one person, whichever camera sees it."""
    camera_id: str
    name: str
    points: tuple[tuple[int, int], ...]
    """Its corners, right and down, in 1/10000 of the frame."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may differ between two runs over the same footage."""

    id: str
    started_at: datetime
    finished_at: datetime | None = None
    host: str
    version: str


class Screening(msgspec.Struct, frozen=True, kw_only=True):
    """One showing of one content to one audience."""

    id: str
    content: str
    audience: str
    cameras: tuple[str, ...]
    fps: float
    """Frames analysed per second and camera."""
    k: int
    """Smallest cell in viewers that is shown."""
    unit: Literal["viewer"]
    detector: str
    emotion_model: str
    age_model: str | None
    config_sha256: str
    """Of all that shaped the numbers."""
    state: State
    sources: dict[str, Source]
    run: Run
    analysis_sha256: str = ""
    """The part of it that `FacesScored` has: the settings of the analysis, and the weights."""
    thresholds: tuple[int, ...] = ()
    """Per emotion, the median score in thousandths from which a viewer shows it."""
    areas: tuple[Area, ...] = ()
    """Zones and seats; where two of a kind overlap, the first holds the face."""
    live: bool = False
    """Whether it is of cameras, shown as it happens."""
    viewing: int = 1
    """Of a live one: 1 for the first time through the content; see `moodtrace.playhead`."""
    first: str = ""
    """Of a later viewing: id of the first."""
    media: str = ""
    """Name of the content's file, if there is one."""
    markers: str = ""
    """Scenes and moments of the content, as the CSV that was given."""
    notice: str = ""
    """What the audience was told."""

    def named(self, kind: AreaKind) -> list[str]:
        """Return the names of all zones or seats, each once, in the order they were drawn."""
        return list(dict.fromkeys(area.name for area in self.areas if area.kind == kind))


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a recorded screening whose frames go over a log."""

    epochs: dict[str, int]
    """Source epoch of each camera in this run; frames of others belong to another one."""
    first_second: int = 0
    """Where it begins: over 0 if it goes on where an earlier run stopped."""


class ScreeningRecorded(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="screening_recorded/1"
):
    """What a screening is, when it begins and when it ends: restores it with its faces."""

    screening_id: str
    record: Screening
    recording: Recording | None = None
    """None of a live one: all of its frames count."""
    seconds: int | None = None
    """Rows that were written; None at the beginning."""
    ledger: Ledger = {}
    """What became of its frames; empty at the beginning."""


class ScreeningDeleted(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="screening_deleted/1"
):
    """A screening was deleted: what lies on Kafka of it until then is never restored."""

    screening_id: str


def viewing_id(screening_id: str, viewing: int) -> str:
    """Return the id of a viewing's own trace: that of the screening for the first."""
    return screening_id if viewing == 1 else f"{screening_id}.{viewing}"


def checked_name(name: str, what: str) -> str:
    """Return `name` if it may name a screening, content, audience or camera.

    Raises:
        UsageError: It has other characters, or is empty or longer than 64.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{what} may have 1 to 64 letters, digits, spaces and -_.() only",
            where=repr(name),
            try_this="choose another name",
        )
    return name


def checked_live_id(screening_id: str) -> str:
    """Return `screening_id` if it may name a live screening.

    Raises:
        UsageError: It is no name, or could be that of another one's later viewing.
    """
    if re.fullmatch(r".*\.\d+", screening_id):
        raise UsageError(
            "ids that end in a dot and a number are those of later viewings",
            where=repr(screening_id),
            try_this="choose another --id, or leave it out",
        )
    return checked_name(screening_id, "a screening's id")


def as_name(text: str) -> str:
    """Make a name out of any text: other characters become `-`."""
    return re.sub(r"[^\w \-.()]", "-", text)[:64].strip() or "-"
