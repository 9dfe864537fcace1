"""Rows of a timeline: one second each, a pure function of the frames in it; knows no store.

Everything is integers: scores were quantised when they left the network, so neither the
order of frames nor the number of workers can change a row.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec
import numpy as np
import numpy.typing as npt

from moodtrace.affect import AROUSAL, VALENCE, weighed
from moodtrace.clock import second_of
from moodtrace.labels import AGE_BANDS, EMOTIONS, QUANTUM, UNKNOWN_AGE
from moodtrace.messages import Face, FacesScored, FrameFailed, Scored

Integers = npt.NDArray[np.int64]

NO_FRAMES = "no_frames"
"""Gap reason of a second that no frame belongs to."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the faces of one segment in one second."""

    usable: int
    """Usable face-frames, in thousandths: a face may belong to two age bands in part."""
    showing: tuple[int, ...]
    """Per emotion, the usable face-frames that show it, in thousandths."""
    scores: tuple[int, ...]
    """Per emotion, the sum of scores times membership, in millionths; without those abstained."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One second of one screening."""

    second: int
    gap: str = ""
    """Why there are no data; empty if there are."""
    frames: int = 0
    """Frames analysed, over all cameras."""
    cameras: int = 0
    """Cameras with at least one analysed frame."""
    faces: int = 0
    """Face-frames seen."""
    viewers: int = 0
    """Most usable faces in one frame, summed over cameras."""
    usable: int = 0
    """Face-frames that were scored."""
    excluded: dict[str, int] = {}
    """Face-frames that were not, by reason."""
    showing: tuple[int, ...] = (0,) * len(EMOTIONS)
    """Per emotion, the face-frames whose top score it is; without those abstained."""
    scores: tuple[int, ...] = (0,) * len(EMOTIONS)
    """Per emotion, the sum of scores, in thousandths; without those abstained."""
    abstained: int | None = None
    """Usable face-frames of which the network was too unsure; None in a gap."""
    valence_sum: int | None = None
    """Over the faces that were not abstained, in 1/100 000 (`moodtrace.affect`); None in a gap."""
    arousal_sum: int | None = None
    """The same of arousal."""
    age_bands: dict[str, Cell] = {}
    detector: str = ""
    emotion_model: str = ""
    age_model: str = ""


def row_of(second: int, messages: Iterable[Scored]) -> Row:
    """Make the row of one second from the frames in it.

    Args:
        second: Second of content.
        messages: What is known of its frames, in any order; a repeat changes nothing.

    Returns:
        The row; a gap if not one frame was analysed.
    """
    unique = {(m.camera_id, m.source_epoch, m.seq): m for m in messages}.values()
    analysed = sorted(
        (m for m in unique if isinstance(m, FacesScored)), key=attrgetter("camera_id", "seq")
    )
    if not analysed:
        failures = Counter(m.reason for m in unique if isinstance(m, FrameFailed))
        return gap(second, min(failures, key=lambda r: (-failures[r], r), default=NO_FRAMES))
    faces = [face for message in analysed for face in message.faces]
    usable = [face for face in faces if not face.excluded]
    showing, scores = _sums(usable)
    return Row(
        second=second,
        frames=len(analysed),
        cameras=len({message.camera_id for message in analysed}),
        faces=len(faces),
        viewers=_viewers(analysed),
        usable=len(usable),
        excluded=dict(sorted(Counter(f.excluded for f in faces if f.excluded).items())),
        showing=showing,
        scores=scores,
        abstained=sum(face.abstained for face in usable),
        valence_sum=weighed(scores, VALENCE),
        arousal_sum=weighed(scores, AROUSAL),
        age_bands=_age_bands(usable),
        detector=analysed[0].detector,
        emotion_model=analysed[0].emotion_model,
        age_model=analysed[0].age_model,
    )


def gap(second: int, reason: str) -> Row:
    """Make the row of a second without data: never zeros, always a reason."""
    return Row(second=second, gap=reason)


def gaps(seconds: Iterable[int], reason: str = NO_FRAMES) -> list[Row]:
    """Make the rows of several seconds without data."""
    return [gap(second, reason) for second in seconds]


def by_second(messages: Iterable[Scored]) -> Iterator[tuple[int, list[Scored]]]:
    """Group messages in content-time order by their second; a group is complete when given out."""
    for second, group in groupby(messages, key=lambda message: second_of(message.pts_ms)):
        yield second, list(group)


def _sums(faces: Sequence[Face]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Count top emotions and add up scores."""
    scores, tops = _scores(faces), _tops(faces)
    return tuple(tops.sum(axis=0).tolist()), tuple(scores.sum(axis=0).tolist())


def _age_bands(faces: Sequence[Face]) -> dict[str, Cell]:
    """Sum up per age band; a face belongs to each in part, so that bands add up to the total."""
    scores, tops = _scores(faces), _tops(faces)
    members = np.array([_membership(face) for face in faces], np.int64).reshape(-1, len(AGE_BANDS))
    return {
        band: Cell(
            usable=int(members[:, place].sum()),
            showing=tuple((members[:, place] @ tops).tolist()),
            scores=tuple((members[:, place] @ scores).tolist()),
        )
        for place, band in enumerate(AGE_BANDS)
        if members[:, place].any() or band == UNKNOWN_AGE
    }


def _scores(faces: Sequence[Face]) -> Integers:
    """Return `(n, 7)` scores; zeros for a face that was abstained."""
    scores: Integers = np.array([face.emotion for face in faces], np.int64)
    return scores.reshape(-1, len(EMOTIONS)) * _answered(faces)


def _tops(faces: Sequence[Face]) -> Integers:
    """Return `(n, 7)` a 1 at each top score; a tie goes to the earlier name in `EMOTIONS`."""
    tops: Integers = np.eye(len(EMOTIONS), dtype=np.int64)[_scores(faces).argmax(axis=1)]
    return tops * _answered(faces)


def _answered(faces: Sequence[Face]) -> Integers:
    """Return `(n, 1)` 0 for a face that was abstained, else 1."""
    return np.array([[not face.abstained] for face in faces], np.int64).reshape(-1, 1)


def _membership(face: Face) -> tuple[int, ...]:
    """Return the face's share in each of `AGE_BANDS`, in thousandths, 1000 in all."""
    return (*face.age, 0) if face.age else (0,) * (len(AGE_BANDS) - 1) + (QUANTUM,)


def _viewers(frames: Iterable[FacesScored]) -> int:
    most: Counter[str] = Counter()
    for frame in frames:
        usable = sum(not face.excluded for face in frame.faces)
        most[frame.camera_id] = max(most[frame.camera_id], usable)
    return most.total()
