"""The words on the wire for emotions and age bands, and what people read for them."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
EMOTIONS: Final[tuple[Emotion, ...]] = get_args(Emotion)
"""Emotions in wire order; every score vector in the product has this order."""

NEUTRAL: Final = EMOTIONS.index("neutral")

Baseline = Literal["none", "first", "median"]
"""What is taken for a face at rest: nothing, a viewer's first seconds, or its median."""

BASELINES: Final[Mapping[Baseline, str]] = {
    "none": "nothing",
    "first": "each viewer's first 5 s",
    "median": "each viewer's median",
}
"""What people read."""

EMOTION_NAMES: Final = {
    "angry": "Anger",
    "disgust": "Disgust",
    "fear": "Fear",
    "happy": "Happiness",
    "sad": "Sadness",
    "surprise": "Surprise",
    "neutral": "Neutral",
}
"""What people read for each emotion on the wire."""

UNKNOWN_AGE: Final = "unknown"

AGE_BANDS: Final = (
    "0-12",
    "13-17",
    "18-24",
    "25-34",
    "35-44",
    "45-54",
    "55-64",
    "65+",
    UNKNOWN_AGE,
)
"""Age bands in years, youngest first; `unknown` holds every face whose age was not estimated."""

QUANTUM: Final = 1000
"""Scores are stored in thousandths: round-half-even(p x 1000)."""
