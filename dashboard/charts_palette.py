"""Colours and dashes of the charts, light and dark; found by calculation, held by a test.

Every emotion keeps 3:1 against its background and stays apart from the others under the three
kinds of colour blindness. Colour is never the only sign: each emotion has a dash of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as `#RRGGBB`."""

    background: str
    ink: str
    """Text and peaks."""
    quiet: str
    """Axes, lines beyond the highlighted ones."""
    grid: str
    counts: str
    """Viewers and coverage."""
    veil: str
    """Seconds that show nothing."""
    hatch: str
    """Stripes over seconds without data."""
    emotions: Mapping[str, str]
    screenings: tuple[str, ...]
    """Of screenings laid over each other, the first one's first; the next two are also of words."""


LIGHT: Final = Palette(
    background="#FFFFFF",
    ink="#2B2A27",
    quiet="#706D66",
    grid="#EAE8E4",
    counts="#94918A",
    veil="#EFEDE9",
    hatch="#CFCBC3",
    emotions={
        "angry": "#983B00",
        "disgust": "#1A403B",
        "fear": "#11003A",
        "happy": "#8B9128",
        "sad": "#20A2AF",
        "surprise": "#7F5DE0",
        "neutral": "#48745A",
    },
    screenings=("#2B2A27", "#0069B4", "#B85300", "#884466"),
)
DARK: Final = Palette(
    background="#171614",
    ink="#F5F4F1",
    quiet="#A5A29B",
    grid="#302E2A",
    counts="#6F6C66",
    veil="#2A2824",
    hatch="#55524B",
    emotions={
        "angry": "#DCA41A",
        "disgust": "#4AFFD6",
        "fear": "#754ED1",
        "happy": "#FBFF5F",
        "sad": "#479CB3",
        "surprise": "#F5C5FF",
        "neutral": "#97AB82",
    },
    screenings=("#F5F4F1", "#56B4E9", "#E69F00", "#BB3355"),
)

DASHES: Final[Mapping[str, list[int]]] = {
    "angry": [10, 3, 2, 3],
    "disgust": [3, 3],
    "fear": [6, 2, 2, 2, 2, 2],
    "happy": [1, 0],
    "sad": [7, 3],
    "surprise": [2, 2],
    "neutral": [12, 4],
}
"""Pixels drawn and left out, in turn; happiness is a solid line."""


def palette_of(theme: str | None) -> Palette:
    """Return the colours for `light` or `dark`; light if the browser has not said."""
    return DARK if theme == "dark" else LIGHT
