"""Areas that people draw into a camera's picture, and which of them holds a face.

A zone is a segment of the audience; a seat holds one person, whichever camera sees it. Knows
nothing of viewers: who sits in a seat is up to `workers.seats`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon

from moodtrace.errors import UsageError
from moodtrace.messages import BOX_UNITS
from moodtrace.screening import Area, AreaKind, checked_name
from moodtrace.tracks import Place, Sighting

ELSEWHERE: Final = "elsewhere"
"""The zone of who is in none, if there are zones at all."""
EXAMPLE: Final = "NAME=0.1,0.2 0.5,0.2 0.5,0.9"
SHARE: Final = r"0?\.\d+|0\.?|1(?:\.0*)?"
"""A number from 0 to 1, as people write it."""


def parse_areas(kind: AreaKind, texts: Sequence[str], cameras: Sequence[str]) -> list[Area]:
    """Read areas as people write them: `[CAMERA:]NAME=X,Y X,Y X,Y…`, in shares of the frame.

    Args:
        kind: of all of them.
        texts: as given, where two overlap the one that counts first.
        cameras: of the screening; the camera may be left out if it is the only one.

    Raises:
        UsageError: A name, a camera or a polygon makes no sense, or one comes twice.
    """
    areas = [_parsed(kind, text, cameras) for text in texts]
    names = [(area.camera_id, area.name) for area in areas]
    for text, name in zip(texts, names, strict=True):
        if names.count(name) > 1:
            raise UsageError(
                f"this {kind} comes twice",
                where=_where(kind, text),
                try_this="draw it once in each camera, or rename one",
            )
    return areas


def shares(points: Iterable[tuple[int, int]]) -> tuple[tuple[float, float], ...]:
    """Turn corners in 1/10000 of the frame into shares of it."""
    return tuple((right / BOX_UNITS, down / BOX_UNITS) for right, down in points)


def places(sightings: Iterable[Sighting], areas: Sequence[Area]) -> dict[int, Place]:
    """Say for each track where the middle of its face was in most frames.

    Args:
        sightings: of one second, in any order.
        areas: of all cameras; where two of a kind overlap, the first holds the face.

    Returns:
        By track; empty if there are no areas.
    """
    found: dict[int, Place] = {}
    ordered = sorted(sightings, key=attrgetter("camera_id", "track_id")) if areas else []
    for camera, seen in groupby(ordered, key=attrgetter("camera_id")):
        found |= _places_in(list(seen), [area for area in areas if area.camera_id == camera])
    if any(area.kind == "zone" for area in areas):
        return {
            track: place._replace(zone=place.zone or ELSEWHERE) for track, place in found.items()
        }
    return found


def _places_in(seen: Sequence[Sighting], areas: Sequence[Area]) -> dict[int, Place]:
    """Place the tracks of one camera; an empty name for none."""
    zones = _most([area for area in areas if area.kind == "zone"], seen)
    seats = _most([area for area in areas if area.kind == "seat"], seen)
    return {track: Place(zones[track], seats[track]) for track in zones}


def _most(areas: Sequence[Area], seen: Sequence[Sighting]) -> Mapping[int, str]:
    """Return by track the area of one kind that held it in most frames; of equals, the first."""
    names = [*(area.name for area in areas), ""]
    held = _first_that_holds(areas, _middles(seen))
    tracks = np.array([sighting.track_id for sighting in seen])
    return {
        int(track): names[np.bincount(held[tracks == track]).argmax()]
        for track in np.unique(tracks)
    }


def _first_that_holds(
    areas: Sequence[Area], points: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return `(n,)` places in `areas` of the first that holds each of `(n, 2)` points.

    Its length for none; borders belong to an area.
    """
    if not areas:
        return np.zeros(len(points), np.int64)
    polygons = np.array([Polygon(area.points) for area in areas])
    holds: Any = shapely.intersects_xy(polygons[:, None], points[:, 0], points[:, 1])
    first: npt.NDArray[np.int64] = np.where(holds.any(axis=0), holds.argmax(axis=0), len(areas))
    return first


def _middles(seen: Sequence[Sighting]) -> npt.NDArray[np.float64]:
    boxes = np.array([sighting.face.xyxy for sighting in seen], np.float64)
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _parsed(kind: AreaKind, text: str, cameras: Sequence[str]) -> Area:
    where = _where(kind, text)
    found = re.fullmatch(r"(?:([^:=]*):)?([^:=]*)=(.*)", text)
    if found is None:
        raise UsageError(
            f"this is no {kind}",
            where=where,
            try_this=f"write --{kind} '[CAMERA:]{EXAMPLE}'",
        )
    camera, name, corners = found.groups()
    if checked_name(name, f"a {kind}'s name") == ELSEWHERE:
        raise UsageError(
            f"{ELSEWHERE!r} is what lies in no zone", where=where, try_this="choose another name"
        )
    camera_id, points = _camera(camera, cameras, where), parse_corners(corners, where)
    return Area(kind=kind, camera_id=camera_id, name=name, points=points)


def _camera(camera: str | None, cameras: Sequence[str], where: str) -> str:
    named = cameras[0] if camera is None and len(cameras) == 1 else camera
    if named is None or named not in cameras:
        raise UsageError(
            "it is not said of which camera" if camera is None else "there is no such camera",
            where=where,
            try_this=f"write CAMERA:NAME=…, CAMERA one of {', '.join(cameras)}",
        )
    return named


def parse_corners(corners: str, where: str) -> tuple[tuple[int, int], ...]:
    """Read the corners of a polygon, in 1/10000 of the frame.

    Args:
        corners: `X,Y X,Y X,Y…`, in shares of the frame.
        where: what errors call it.

    Raises:
        UsageError: They are no polygon.
    """
    pairs = [re.fullmatch(f"({SHARE}),({SHARE})", pair) for pair in corners.split()]
    points = tuple(
        (round(float(pair[1]) * BOX_UNITS), round(float(pair[2]) * BOX_UNITS))
        for pair in pairs
        if pair
    )
    if len(points) < max(len(pairs), 3):
        raise UsageError(
            "three corners or more are wanted, as shares of the frame from 0 to 1",
            where=where,
            try_this=f"write right,down like {EXAMPLE.partition('=')[2]}; 0,0 is the upper left",
        )
    if not Polygon(points).is_valid:
        raise UsageError(
            "these corners enclose no area, or its sides cross",
            where=where,
            try_this="name the corners in the order in which you would walk around it",
        )
    return points


def _where(kind: AreaKind, text: str) -> str:
    return f"--{kind} '{text}'"
