"""Why a face is left out: codes, in the order in which they are asked, and words for people."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Exclusion(NamedTuple):
    """One reason."""

    words: str
    """What it says of a face."""
    try_this: str
    """What to do if it is said of many."""


EXCLUSIONS: Final[Mapping[str, Exclusion]] = {
    "too_small": Exclusion("too small", "move the camera closer, or record at a higher resolution"),
    "too_many": Exclusion("one too many", "raise MOODTRACE_ANALYSIS_MAX_FACES"),
    "cut_off": Exclusion("cut off by the frame", "turn the camera, or move it back"),
    "turned_away": Exclusion("turned away", "put the camera beside the screen"),
    "too_dark": Exclusion("too dark", "light the audience, or raise the camera's exposure"),
    "too_bright": Exclusion("too bright", "lower the camera's exposure"),
    "low_contrast": Exclusion(
        "low in contrast", "clean the lens, and keep lights out of the picture"
    ),
    "blurred": Exclusion("blurred", "focus the camera, or shorten its exposure"),
}
"""By code; a face has the first that holds."""


def advice_on(code: str) -> str:
    """Return what to do if a reason is said of many; empty for an unknown one."""
    return EXCLUSIONS[code].try_this if code in EXCLUSIONS else ""


def words_of(code: str) -> str:
    """Return what a reason says of a face; of an unknown one the code itself."""
    return EXCLUSIONS[code].words if code in EXCLUSIONS else code.replace("_", " ")
