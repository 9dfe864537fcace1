"""What each column of CSV and Parquet is called, holds and means.

docs/reference/data-dictionary.md says the same, and a test holds the two together.
"""

from typing import Final, Literal, NamedTuple

from moodtrace.labels import EMOTION_NAMES, EMOTIONS


class Column(NamedTuple):
    """One column of the tables that have a line per second."""

    name: str
    type: Literal["text", "count", "number"]
    unit: str
    """Empty for text."""
    meaning: str


def _of_emotion(emotion: str) -> Column:
    name = EMOTION_NAMES[emotion].lower()
    return Column(emotion, "number", "share, 0 to 1", f"usable viewers who show {name}")


def _interval_of(emotion: str) -> tuple[Column, Column]:
    name = EMOTION_NAMES[emotion].lower()
    return (
        Column(
            f"{emotion}_low", "number", "share, 0 to 1", f"lower end of the 95 % interval of {name}"
        ),
        Column(
            f"{emotion}_high",
            "number",
            "share, 0 to 1",
            f"upper end of the 95 % interval of {name}",
        ),
    )


COLUMNS: Final = (
    Column("t", "count", "s", "second of the content, from 0 on"),
    Column("status", "text", "", "`ok`, `gap` (no data) or `suppressed` (withheld: too few)"),
    Column("reason", "text", "", "why a gap has no data; empty otherwise"),
    Column("frames", "count", "frames", "frames analysed, of all cameras"),
    Column("cameras", "count", "cameras", "cameras that gave a frame"),
    Column("faces", "count", "face-frames", "faces found in all frames"),
    Column("viewers", "count", "viewers", "viewers seen"),
    Column("usable", "count", "viewers", "viewers who could be scored: n of every share"),
    Column("coverage", "number", "share, 0 to 1", "usable of viewers seen"),
    *(_of_emotion(emotion) for emotion in EMOTIONS),
    Column("abstained", "number", "share, 0 to 1", "usable viewers too unsure to say of"),
    Column("valence", "number", "-1 to 1", "mean over the usable viewers who were not abstained"),
    Column("arousal", "number", "-1 to 1", "mean over the usable viewers who were not abstained"),
    Column(
        "expressiveness", "number", "share, 0 to 1", "usable viewers who show more than neutral"
    ),
    Column(
        "attention", "number", "share, 0 to 1", "heads that face the screen, of those one can tell"
    ),
    *(column for emotion in EMOTIONS for column in _interval_of(emotion)),
)
"""In their order in the files."""
