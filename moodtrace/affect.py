"""Valence and arousal of emotions: a linear map of their scores, in integers."""

from collections.abc import Sequence
from typing import Final

from moodtrace.labels import EMOTIONS, QUANTUM

HUNDREDTHS: Final = 100

VALENCE: Final = (-51, -60, -64, 81, -63, 40, 0)
"""Pleasure of each of `EMOTIONS`, in hundredths, -100 to 100.

Mean ratings of the words angry, disgusted, fearful, happy, sad and surprised: Russell & Mehrabian,
"Evidence for a three-factor theory of emotions", Journal of Research in Personality 11 (1977),
273-294. Neutral, which was not rated, is the origin.
"""

AROUSAL: Final = (59, 35, 60, 51, -27, 67, 0)
"""Arousal of each of `EMOTIONS`, in hundredths; from the same source."""

UNIT: Final = QUANTUM * HUNDREDTHS
"""Sums of `weighed` are in 1/100 000."""


def weighed(scores: Sequence[int], weights: Sequence[int]) -> int:
    """Return scores times weights, added up.

    Args:
        scores: per emotion, in thousandths, of one face or added up over several.
        weights: `VALENCE` or `AROUSAL`.

    Returns:
        In 1/100 000: the mean over n faces, -1 to 1, is this / (n x `UNIT`).
    """
    return sum(score * weight for score, weight in zip(scores, weights, strict=True))


assert len(VALENCE) == len(AROUSAL) == len(EMOTIONS)
