"""The record of a screening: what was shown to whom, how it was read, and how far that got."""

import re
from datetime import datetime
from typing import Final, Literal

import msgspec

from moodtrace.errors import UsageError

NAME: Final = re.compile(r"[\w \-.()]{1,64}")
"""Names of screenings, contents, audiences and cameras."""

State = Literal["running", "finished", "interrupted", "failed"]


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
    state: State
    sources: dict[str, Source]
    run: Run
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


def as_name(text: str) -> str:
    """Make a name out of any text: other characters become `-`."""
    return re.sub(r"[^\w \-.()]", "-", text)[:64].strip() or "-"
