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
from moodtrace.messages import BOX_UNITS, Face, Quality
from moodtrace.tracks import Place, Sighting, Track, Tracks

Thresholds = tuple[int, ...]
"""Per emotion, the median score in thousandths from which a viewer shows it."""


# Hours of a full hall are a million structs, none of which can be in a cycle: not looking for one
# (`gc=False`) halves the time to read them.
class Viewer(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
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
    """Share in each of `AGE_BANDS` but `unknown`, in thousandths, over all its seconds so far."""
    attending: bool | None = None
    """Whether its head faced the screen in most frames; None if it was too small to tell."""
    zone: str = ""
    """Where its face was in most frames; empty if the screening has no zones."""
    seat: str = ""
    """Where it sat; empty if in no seat."""
    size: int = 0
    """Median area of its face, in 1/10000 of the frame."""
    age_tenths: int | None = None
    """Mean age over all its seconds so far, in tenths of a year; None if it was never read."""
    age_spread_tenths: int | None = None
    """Standard deviation of it over these seconds."""
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
    places: Mapping[int, Place],
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
        places: zone and seat by track; who is left out is in none.

    Returns:
        By id.
    """
    known = {track.id: track for camera in tracks.cameras.values() for track in camera}
    ordered = sorted(sightings, key=attrgetter("track_id"))
    return [
        _viewer(list(seen), known[number], facing, thresholds, places.get(number, Place()))
        for number, seen in groupby(ordered, key=attrgetter("track_id"))
    ]


def shown(emotion: Sequence[int], thresholds: Thresholds) -> tuple[int, ...]:
    """Return the places in `EMOTIONS` of the scores that reach their threshold; none of none."""
    reached = zip(emotion, thresholds, strict=False)
    return tuple(n for n, (score, least) in enumerate(reached) if score >= least)


def _viewer(
    seen: Sequence[Sighting],
    track: Track,
    facing: Mapping[str, Facing],
    thresholds: Thresholds,
    place: Place,
) -> Viewer:
    usable = [sighting.face for sighting in seen if not sighting.face.excluded]
    medians = _emotion(usable)
    measured = [astuple(s.face.quality) for s in seen if s.face.quality]
    return Viewer(
        id=track.id,
        camera_id=seen[0].camera_id,
        frames=len(seen),
        usable=len(usable),
        excluded="" if usable else _commonest(sighting.face.excluded for sighting in seen),
        emotion=medians,
        showing=shown(medians, thresholds),
        age=track.ages.membership,
        attending=_attends(seen, facing.get(seen[0].camera_id, Facing())),
        zone=place.zone,
        seat=place.seat,
        size=_size(seen),
        age_tenths=track.ages.mean_tenths,
        age_spread_tenths=track.ages.spread_tenths,
        quality=Quality(*_medians(measured)) if measured else None,
        pose=_medians([s.face.pose for s in seen if s.face.pose]),
    )


def _size(seen: Sequence[Sighting]) -> int:
    left, top, right, bottom = np.array([sighting.face.xyxy for sighting in seen], np.int64).T
    return round(float(np.median((right - left) * (bottom - top))) / BOX_UNITS)


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
