"""Follows faces from frame to frame by where they are; knows no appearance, and keeps no state.

Boxes are matched in two steps, each with boxes grown to both sides, so that a head that moves by
its own width between two frames is still found (C-BIoU: Yang et al., "Hard to Track Objects with
Irregular Motions and Similar Appearances? Make It Easier by Buffering the Matching Space", WACV
2023). Well-kept trackers (ByteTrack in `supervision` and `trackers`, `norfair`) hold their state in
objects that can't be written down between two seconds; docs/decisions/0007-tracking.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from scipy.optimize import linear_sum_assignment

from models.boxes import iou
from moodtrace.ages import with_second
from moodtrace.messages import Face, FacesScored
from moodtrace.tracks import Sighting, Track, Tracks

BUFFERS: Final = (0.3, 0.5)
"""How much boxes grow to each side, as a share of their size; the paper's."""
LEAST_IOU: Final = 0.1
"""Grown boxes that overlap less are of different faces."""
CONFIRMED_MS: Final = 400
"""A track counts once it was seen over so long, in most of the frames: at 5 fps in its third."""
ABSENCE_MS: Final = 10_000
"""A confirmed track waits so long in its place for a face that turned away or was hidden."""
FLICKER_MS: Final = 1_000
"""An unconfirmed one waits so long."""
MOVING_MS: Final = 600
"""So long a face is expected to move on as it did; later, to be where it was."""
INERTIA: Final = 0.5
"""Weight of the old speed against the one just seen."""


@dataclass
class _Camera:
    """The tracks of one camera while a second is followed."""

    tracks: list[Track]
    seen: list[tuple[int, Face]] = field(default_factory=list)
    """Place of the track, and its face, of every frame."""


def follow(
    tracks: Tracks, messages: Iterable[FacesScored], second: int
) -> tuple[Tracks, list[Sighting]]:
    """Follow all faces through one second.

    Args:
        tracks: what was followed at the end of the second before.
        messages: the frames of this second, in any order, without repeats.
        second: of content.

    Returns:
        What is followed at the end of this second, and the faces of all tracks that are confirmed
        by then, those before their confirmation included.
    """
    cameras = {name: _Camera(list(known)) for name, known in tracks.cameras.items()}
    ordered = sorted(messages, key=attrgetter("camera_id", "pts_ms", "source_epoch", "seq"))
    for name, frames in groupby(ordered, key=attrgetter("camera_id")):
        camera = cameras.setdefault(name, _Camera([]))
        for frame in frames:
            _advance(camera, frame)
    confirmed = tracks.confirmed
    sightings: list[Sighting] = []
    for name in sorted(cameras):
        camera = cameras[name]
        _age(camera)
        confirmed = _confirm(camera, confirmed)
        sightings += [
            Sighting(camera_id=name, track_id=camera.tracks[place].id, face=face)
            for place, face in camera.seen
            if camera.tracks[place].is_confirmed
        ]
    now = {name: tuple(cameras[name].tracks) for name in sorted(cameras)}
    return still_followed(Tracks(cameras=now, confirmed=confirmed), second), sightings


def still_followed(tracks: Tracks, second: int) -> Tracks:
    """Return the tracks without those that are given up by the end of a second."""
    end_ms = (second + 1) * 1000
    kept = {
        name: tuple(track for track in camera if not _is_gone(track, end_ms))
        for name, camera in tracks.cameras.items()
    }
    left = {name: camera for name, camera in kept.items() if camera}
    return Tracks(cameras=left, confirmed=tracks.confirmed)


def _is_gone(track: Track, now_ms: int) -> bool:
    return now_ms - track.last_ms > (ABSENCE_MS if track.is_confirmed else FLICKER_MS)


def _advance(camera: _Camera, frame: FacesScored) -> None:
    """Give each face of a frame to the track it continues, or to a new one."""
    owners = _owners(camera.tracks, frame)
    camera.tracks = [
        track if track.is_confirmed else replace(track, frames=track.frames + 1)
        for track in camera.tracks
    ]
    for face, place in zip(frame.faces, owners, strict=True):
        if place is None:
            place = len(camera.tracks)
            track = Track(xyxy=face.xyxy, first_ms=frame.pts_ms, last_ms=frame.pts_ms)
            camera.tracks.append(track)
        else:
            camera.tracks[place] = _moved(camera.tracks[place], face, frame.pts_ms)
        camera.seen.append((place, face))


def _owners(tracks: Sequence[Track], frame: FacesScored) -> list[int | None]:
    """Say for each face which track it continues, by place; each track gets one face at most."""
    owners: list[int | None] = [None] * len(frame.faces)
    free = [n for n, track in enumerate(tracks) if not _is_gone(track, frame.pts_ms)]
    expected = _boxes([_expected(track, frame.pts_ms) for track in tracks])
    found = _boxes([face.xyxy for face in frame.faces])
    for buffer in BUFFERS:
        open_ = [n for n, owner in enumerate(owners) if owner is None]
        overlaps = iou(_grown(expected[free], buffer), _grown(found[open_], buffer))
        for row, column in zip(*linear_sum_assignment(overlaps, maximize=True), strict=True):
            if overlaps[row, column] >= LEAST_IOU:
                owners[open_[column]] = free[row]
        taken = set(owners)
        free = [n for n in free if n not in taken]
    return owners


def _moved(track: Track, face: Face, now_ms: int) -> Track:
    """Return a track with one more face."""
    passed_ms = max(now_ms - track.last_ms, 1)
    speed = (
        _speed(track.speed[0], track.xyxy[0::2], face.xyxy[0::2], passed_ms),
        _speed(track.speed[1], track.xyxy[1::2], face.xyxy[1::2], passed_ms),
    )
    return replace(
        track,
        xyxy=face.xyxy,
        speed=speed if passed_ms <= MOVING_MS else (0, 0),
        last_ms=now_ms,
        hits=track.hits + (not track.is_confirmed),
    )


def _speed(old: int, before: Sequence[int], after: Sequence[int], passed_ms: int) -> int:
    """Return the speed of a box's middle along one side, in 1/10000 of the frame per second."""
    new = (sum(after) - sum(before)) / 2 * 1000 / passed_ms
    return round(INERTIA * old + (1 - INERTIA) * new)


def _expected(track: Track, now_ms: int) -> tuple[float, float, float, float]:
    """Return where a track's box should be by now."""
    passed_ms = now_ms - track.last_ms
    share = passed_ms / 1000 if passed_ms <= MOVING_MS else 0.0
    right, down = (share * speed for speed in track.speed)
    left, top, far, low = track.xyxy
    return left + right, top + down, far + right, low + down


def _age(camera: _Camera) -> None:
    """Let the faces of the second say how old their tracks look."""
    by_place = sorted(camera.seen, key=itemgetter(0))
    for place, seen in groupby(by_place, key=itemgetter(0)):
        track = camera.tracks[place]
        ages = with_second(track.ages, (face for _, face in seen))
        camera.tracks[place] = replace(track, ages=ages)


def _confirm(camera: _Camera, confirmed: int) -> int:
    """Number the tracks that were seen often enough, oldest first; returns the highest number."""
    for place, track in sorted(enumerate(camera.tracks), key=lambda pair: pair[1].first_ms):
        if not track.is_confirmed and _is_no_flicker(track):
            confirmed += 1
            camera.tracks[place] = replace(track, id=confirmed)
    return confirmed


def _is_no_flicker(track: Track) -> bool:
    return track.last_ms - track.first_ms >= CONFIRMED_MS and 2 * track.hits > track.frames


def _boxes(xyxy: Sequence[Sequence[float]]) -> npt.NDArray[np.float32]:
    return np.array(xyxy, np.float32).reshape(-1, 4)


def _grown(boxes: npt.NDArray[np.float32], buffer: float) -> npt.NDArray[np.float32]:
    """Grow boxes to each side by a share of their width and height."""
    sizes = boxes[:, 2:] - boxes[:, :2]
    margin = np.float32(buffer) * sizes
    return np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)
