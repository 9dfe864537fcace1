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

_OF_BUCKETS: Final = {
    "t": Column("t", "count", "s", "first second of the bucket"),
    "reason": Column("reason", "text", "", "commonest reason of its gaps; empty without one"),
    "cameras": Column("cameras", "count", "cameras", "cameras that gave a frame, at most at once"),
    "viewers": Column("viewers", "count", "viewers", "viewers seen, each once"),
    "usable": Column("usable", "count", "viewers", "viewers who could be scored, each once"),
    "coverage": Column("coverage", "number", "share, 0 to 1", "usable of seen viewer-seconds"),
}
_COVERED: Final = (
    Column("seconds", "count", "s", "its length; less where the content ends"),
    Column("covered", "count", "s", "its seconds that are shown: the rest is of them"),
    Column("withheld", "count", "s", "its seconds with too few viewers"),
)
_VIEWER_SECONDS: Final = Column(
    "viewer_seconds", "count", "viewer-seconds", "of usable viewers: what shares are of"
)

BUCKET_COLUMNS: Final = tuple(
    column
    for known in COLUMNS
    for column in (
        _OF_BUCKETS.get(known.name, known),
        *(_COVERED if known.name == "reason" else ()),
        *((_VIEWER_SECONDS,) if known.name == "usable" else ()),
    )
)
"""Of tables with a line per bucket of 10 or 60 seconds."""
