"""The words that sets use for emotions, and how classes are merged or left out.

Everything ends as one of `EMOTIONS`; what has no place there (contempt) has no label.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from moodtrace.errors import DatasetError
from moodtrace.labels import EMOTIONS

Labels = npt.NDArray[np.int16]

UNLABELLED: Final = -1
"""Label of a picture that is left out."""

FERPLUS: Final = (
    "neutral",
    "happy",
    "surprise",
    "sad",
    "angry",
    "disgust",
    "fear",
    "contempt",
)
"""FER+'s classes in the order of its votes; two columns more say unknown and not-a-face."""

_WORDS: Final[Mapping[str, str]] = {
    "angry": "anger an ang",
    "disgust": "disgusted di dis",
    "fear": "fearful afraid scared fe af",
    "happy": "happiness joy ha hap",
    "sad": "sadness sa",
    "surprise": "surprised su sur",
    "neutral": "ne neu",
    "": "contempt contemptuous co unknown",
}
NAMES: Final[Mapping[str, str]] = {name: name for name in EMOTIONS} | {
    word: name for name, words in _WORDS.items() for word in words.split()
}
"""Words and the codes of JAFFE (`AN`) and KDEF (`AF`); an empty text leaves the picture out."""


def _numbered(names: Sequence[str], first: int = 0) -> Mapping[str, str]:
    """Give numbers their names, beside all words."""
    return {**NAMES, **{str(number): name for number, name in enumerate(names, first)}}


VOCABULARIES: Final[Mapping[str, Mapping[str, str]]] = {
    "names": _numbered(EMOTIONS),
    "ck+": _numbered(("neutral", "angry", "", "disgust", "fear", "happy", "sad", "surprise")),
    "raf-db": _numbered(("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"), 1),
}
"""What a folder's name means; bare numbers are FER2013's unless a set counts otherwise."""

Grouping = Mapping[str, Sequence[str]]
"""Classes by name, and the emotions that each holds."""

GROUPINGS: Final[Mapping[str, Grouping]] = {
    "seven": {name: (name,) for name in EMOTIONS},
    "six": {
        "angry": ("angry", "disgust"),
        **{name: (name,) for name in EMOTIONS if name not in {"angry", "disgust"}},
    },
    "five": {name: (name,) for name in EMOTIONS if name not in {"disgust", "fear"}},
}
"""All seven; anger and disgust as one; the reduced five without disgust and fear."""


def emotion_of(word: str, vocabulary: str = "names") -> str | None:
    """Return the emotion that a set's word stands for; None if it has no place among ours.

    Args:
        word: a folder's name, a code or a number, in any case.
        vocabulary: a key of `VOCABULARIES`.

    Raises:
        DatasetError: nobody knows this word.
    """
    known = VOCABULARIES[vocabulary]
    key = word.strip().lower().replace("-", " ").replace("_", " ")
    key = key.split(maxsplit=1)[-1] if key[:1].isdigit() and " " in key else key
    if key not in known:
        raise DatasetError(
            f"there is no class named {word!r}",
            where=f"vocabulary {vocabulary!r}",
            try_this=f"rename it to one of: {', '.join(EMOTIONS)}",
        )
    return known[key] or None


def regrouped(labels: Labels, grouping: Grouping) -> Labels:
    """Number emotions by the classes of a grouping.

    Args:
        labels: `(n,)` ids of `EMOTIONS`, or -1.
        grouping: the classes, in the order of their new ids.

    Returns:
        `(n,)` ids of the grouping's classes; -1 where no class holds the emotion.
    """
    ids = np.full(len(EMOTIONS) + 1, UNLABELLED, np.int16)
    for number, members in enumerate(grouping.values()):
        ids[[EMOTIONS.index(member) for member in members]] = number
    return ids[labels]


def without(labels: Labels, classes: Sequence[str], dropped: Sequence[str]) -> Labels:
    """Leave out every picture of some classes; the ids of the others stay.

    Raises:
        DatasetError: a class to drop does not exist.
    """
    unknown = sorted(set(dropped) - set(classes))
    if unknown:
        raise DatasetError(
            f"there is no class named {', '.join(unknown)} to drop",
            where="drop-list",
            try_this=f"name some of: {', '.join(classes)}",
        )
    ids = [number for number, name in enumerate(classes) if name in dropped]
    return np.where(np.isin(labels, ids), np.int16(UNLABELLED), labels)
