"""What each viewer showed in one second: the median over the frames in which it was seen."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec
import numpy as np
from msgspec.structs import astuple

from moodtrace.attention import Facing
from moodtrace.labels import AGE_BANDS, NEUTRAL, QUANTUM
from moodtrace.messages import Face, Quality
from moodtrace.rounding import shared_out
from moodtrace.tracks import Sighting, Track, Tracks

Thresholds = tuple[int, ...]
"""Per emotion, the median score in thousandths from which a viewer shows it."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One viewer in one second; stored with the row, never exported under k."""

    id: int
    """Of its track."""
    camera_id: str
    frames: int
    """In which it was seen."""
    usable: int
    """In which its face could be scored."""
    excluded: str = ""
    """Why it could not be scored in any; empty if it could."""
    emotion: tuple[int, ...] = ()
    """Median scores in thousandths, in `EMOTIONS` order; empty if excluded or abstained."""
    showing: tuple[int, ...] = ()
    """Places in `EMOTIONS` of what it shows."""
    age: tuple[int, ...] = ()
    """Share in each of `AGE_BANDS` but `unknown`, in thousandths, over all its frames so far."""
    attending: bool | None = None
    """Whether its head faced the screen in most frames; None if it was too small to tell."""
    quality: Quality | None = None
    """Median of each measure over its frames, usable or not; None if it was not measured."""
    pose: tuple[int, ...] = ()
    """Median yaw, pitch and roll of its head in degrees; empty if it was too small to tell."""

    @property
    def abstained(self) -> bool:
        """Whether it was scored, and too unsurely to say what it shows."""
        return not self.excluded and not self.showing

    @property
    def expressive(self) -> bool:
        """Whether it shows anything but neutral."""
        return any(emotion != NEUTRAL for emotion in self.showing)


def viewers_of(
    sightings: Iterable[Sighting],
    tracks: Tracks,
    facing: Mapping[str, Facing],
    thresholds: Thresholds,
) -> list[Viewer]:
    """Sum up one second by viewer.

    A viewer is abstained if half of its usable faces or more are, or if no median reaches its
    threshold. The practice of the field: the median per respondent, thresholded, then the share of
    respondents (iMotions, "Facial Expression Analysis: The Complete Pocket Guide").

    Args:
        sightings: the faces of confirmed tracks, in any order.
        tracks: at the end of the second.
        facing: by camera, where heads point that face the screen.
        thresholds: one per emotion.

    Returns:
        By id.
    """
    known = {track.id: track for camera in tracks.cameras.values() for track in camera}
    ordered = sorted(sightings, key=attrgetter("track_id"))
    return [
        _viewer(list(seen), known[number], facing, thresholds)
        for number, seen in groupby(ordered, key=attrgetter("track_id"))
    ]


def _viewer(
    seen: Sequence[Sighting],
    track: Track,
    facing: Mapping[str, Facing],
    thresholds: Thresholds,
) -> Viewer:
    usable = [sighting.face for sighting in seen if not sighting.face.excluded]
    medians = _emotion(usable)
    measured = [astuple(s.face.quality) for s in seen if s.face.quality]
    reached = zip(medians, thresholds, strict=False)
    return Viewer(
        id=track.id,
        camera_id=seen[0].camera_id,
        frames=len(seen),
        usable=len(usable),
        excluded="" if usable else _commonest(sighting.face.excluded for sighting in seen),
        emotion=medians,
        showing=tuple(n for n, (score, least) in enumerate(reached) if score >= least),
        age=_membership(track),
        attending=_attends(seen, facing.get(seen[0].camera_id, Facing())),
        quality=Quality(*_medians(measured)) if measured else None,
        pose=_medians([s.face.pose for s in seen if s.face.pose]),
    )


def _attends(seen: Sequence[Sighting], facing: Facing) -> bool | None:
    found = [facing.attends(sighting.face.pose) for sighting in seen if sighting.face.pose]
    return 2 * sum(found) > len(found) if found else None


def _emotion(usable: Sequence[Face]) -> tuple[int, ...]:
    """Return the medians of the faces that say something; empty if half of them or more don't."""
    answered = [face.emotion for face in usable if not face.abstained]
    if 2 * len(answered) <= len(usable):
        return ()
    return _medians(answered)


def _medians(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the median of each column, half to even; empty for no rows."""
    return tuple(np.rint(np.median(rows, axis=0)).astype(int).tolist()) if rows else ()


def _commonest(reasons: Iterable[str]) -> str:
    counts = Counter(reasons)
    return min(counts, key=lambda reason: (-counts[reason], reason))


def _membership(track: Track) -> tuple[int, ...]:
    """Return a viewer's mean share in each age band so far, in thousandths, 1000 in all."""
    return shared_out(track.age, QUANTUM) if track.age else ()


def by_band(viewers: Sequence[Viewer]) -> Mapping[str, list[tuple[int, Viewer]]]:
    """Return the usable viewers of each of `AGE_BANDS`, with their share in thousandths."""
    bands: dict[str, list[tuple[int, Viewer]]] = {band: [] for band in AGE_BANDS}
    for viewer in viewers:
        if viewer.excluded:
            continue
        shares = (*viewer.age, 0) if viewer.age else (*(0,) * (len(AGE_BANDS) - 1), QUANTUM)
        for band, share in zip(AGE_BANDS, shares, strict=True):
            if share:
                bands[band].append((share, viewer))
    return bands
