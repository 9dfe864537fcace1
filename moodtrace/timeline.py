"""Rows of a timeline: one second each, a pure function of the frames in it and the tracks before.

Everything is integers: scores were quantised when they left the network, so neither the
order of frames nor the number of workers can change a row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec
from msgspec.structs import replace

from moodtrace.affect import AROUSAL, VALENCE, weighed
from moodtrace.attention import Facing
from moodtrace.clock import second_of
from moodtrace.labels import EMOTIONS, QUANTUM, UNKNOWN_AGE
from moodtrace.messages import FacesScored, FrameDropped, FrameFailed, Scored
from moodtrace.tracks import NOBODY, Sitter, Tracks
from moodtrace.viewers import Viewer, by_band

NO_FRAMES = "no_frames"
"""Gap reason of a second that no frame belongs to."""


class Cell(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Sums over the viewers of one segment in one second."""

    usable: int
    """Usable viewers, in thousandths: a viewer may belong to two age bands in part."""
    showing: tuple[int, ...]
    """Per emotion, the usable viewers who show it, in thousandths."""
    scores: tuple[int, ...]
    """Per emotion, the sum of scores times membership, in millionths; without those abstained."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a second leaves to the next."""

    tracks: Tracks = NOBODY
    """What is followed."""
    facing: dict[str, Facing] = {}
    """By camera, where heads point that face the screen."""
    seats: dict[str, Sitter] = {}
    """By seat, who sits or sat in it a short while ago."""


BEGINNING: Final = State()


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One second of one screening."""

    second: int
    gap: str = ""
    """Why there are no data; empty if there are."""
    frames: int = 0
    """Frames analysed, over all cameras."""
    cameras: int = 0
    """Cameras with at least one analysed frame."""
    faces: int = 0
    """Face-frames seen, of viewers and of flickers."""
    viewers: int = 0
    """Viewers seen: confirmed tracks."""
    usable: int = 0
    """Viewers who could be scored."""
    excluded: dict[str, int] = {}
    """Viewers who could not, by reason."""
    showing: tuple[int, ...] = (0,) * len(EMOTIONS)
    """Per emotion, the viewers who show it."""
    scores: tuple[int, ...] = (0,) * len(EMOTIONS)
    """Per emotion, the sum of viewers' median scores, in thousandths; without those abstained."""
    abstained: int = 0
    """Usable viewers of whom the network was too unsure."""
    expressive: int = 0
    """Viewers who show anything but neutral."""
    attending: int = 0
    """Viewers whose heads face the screen."""
    posed: int = 0
    """Viewers of whom that is known."""
    valence_sum: int = 0
    """Over the viewers who were not abstained, in 1/100 000 (`moodtrace.affect`)."""
    arousal_sum: int = 0
    """The same of arousal."""
    age_bands: dict[str, Cell] = {}
    zones: dict[str, Cell] = {}
    """By zone with a usable viewer; empty if the screening has no zones."""
    by_camera: dict[str, Cell] = {}
    """By camera with a usable viewer."""
    detector: str = ""
    emotion_model: str = ""
    age_model: str = ""
    people: tuple[Viewer, ...] = ()
    """Each viewer, by id."""
    after: State = BEGINNING
    """What the next second begins with."""


def analysed(messages: Iterable[Scored]) -> list[FacesScored]:
    """Return the analysed frames among what is known of a second, without repeats."""
    return [message for message in _unique(messages) if isinstance(message, FacesScored)]


def row_of(
    second: int, frames: Sequence[FacesScored], viewers: Sequence[Viewer], after: State
) -> Row:
    """Make the row of one second.

    Args:
        second: Second of content.
        frames: The analysed frames, at least one, without repeats.
        viewers: Who was seen in them, by id.
        after: What this second leaves to the next.
    """
    any_frame = min(frames, key=lambda frame: (frame.camera_id, frame.source_epoch, frame.seq))
    row = Row(
        second=second,
        frames=len(frames),
        cameras=len({frame.camera_id for frame in frames}),
        faces=sum(len(frame.faces) for frame in frames),
        detector=any_frame.detector,
        emotion_model=any_frame.emotion_model,
        age_model=any_frame.age_model,
        after=after,
    )
    return of_viewers(row, viewers)


def of_viewers(row: Row, viewers: Sequence[Viewer]) -> Row:
    """Return a row with all that is summed over viewers, and them, replaced.

    Args:
        row: What is known of the second beside them.
        viewers: By id.
    """
    usable = [viewer for viewer in viewers if not viewer.excluded]
    scores = _scores(usable)
    return replace(
        row,
        viewers=len(viewers),
        usable=len(usable),
        excluded=dict(sorted(Counter(v.excluded for v in viewers if v.excluded).items())),
        showing=_showing(usable),
        scores=scores,
        abstained=sum(viewer.abstained for viewer in usable),
        expressive=sum(viewer.expressive for viewer in usable),
        attending=sum(bool(viewer.attending) for viewer in viewers),
        posed=sum(viewer.attending is not None for viewer in viewers),
        valence_sum=weighed(scores, VALENCE),
        arousal_sum=weighed(scores, AROUSAL),
        age_bands={
            band: _cell(members)
            for band, members in by_band(viewers).items()
            if members or band == UNKNOWN_AGE
        },
        zones=_by(attrgetter("zone"), usable),
        by_camera=_by(attrgetter("camera_id"), usable),
        people=tuple(viewers),
    )


def gap_reason(messages: Iterable[Scored]) -> str:
    """Return why a second without an analysed frame has no data: the commonest reason."""
    without = (m for m in _unique(messages) if isinstance(m, FrameFailed | FrameDropped))
    reasons = Counter(message.reason for message in without)
    return min(reasons, key=lambda reason: (-reasons[reason], reason), default=NO_FRAMES)


def gap(second: int, reason: str, after: State = BEGINNING) -> Row:
    """Make the row of a second without data: never zeros, always a reason."""
    return Row(second=second, gap=reason, after=after)


def by_second(messages: Iterable[Scored]) -> Iterator[tuple[int, list[Scored]]]:
    """Group messages in content-time order by their second; a group is complete when given out."""
    for second, group in groupby(messages, key=lambda message: second_of(message.pts_ms)):
        yield second, list(group)


def _unique(messages: Iterable[Scored]) -> Iterable[Scored]:
    """Return one message per frame: a repeat changes nothing."""
    return {(m.camera_id, m.source_epoch, m.seq): m for m in messages}.values()


def _showing(viewers: Iterable[Viewer]) -> tuple[int, ...]:
    counts = Counter(emotion for viewer in viewers for emotion in viewer.showing)
    return tuple(counts[emotion] for emotion in range(len(EMOTIONS)))


def _scores(viewers: Iterable[Viewer]) -> tuple[int, ...]:
    answered = [viewer.emotion for viewer in viewers if not viewer.abstained]
    return tuple(sum(scores) for scores in zip(*answered, strict=True)) or (0,) * len(EMOTIONS)


def _by(name: Callable[[Viewer], str], usable: Iterable[Viewer]) -> dict[str, Cell]:
    """Sum up the viewers of each segment that has one by its name; who has no name is in none."""
    groups = groupby(sorted(usable, key=name), key=name)
    return {of: _cell([(QUANTUM, viewer) for viewer in group]) for of, group in groups if of}


def _cell(members: Sequence[tuple[int, Viewer]]) -> Cell:
    """Sum up the viewers of one segment, each with its membership in thousandths."""
    showing, scores = [0] * len(EMOTIONS), [0] * len(EMOTIONS)
    for share, viewer in members:
        for emotion in viewer.showing:
            showing[emotion] += share
        for emotion, score in enumerate(() if viewer.abstained else viewer.emotion):
            scores[emotion] += share * score
    return Cell(
        usable=sum(share for share, _ in members), showing=tuple(showing), scores=tuple(scores)
    )
