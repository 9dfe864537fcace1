"""Who sits where: a person whom several cameras see in one seat is one viewer."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from msgspec.structs import replace

from moodtrace.tracks import Sitter
from moodtrace.viewers import Viewer
from moodtrace.zones import ELSEWHERE
from workers.tracking import ABSENCE_MS

Sitters = dict[str, Sitter]
"""Who sits or sat a short while ago, by seat."""


def seated(
    viewers: Sequence[Viewer], before: Mapping[str, Sitter], second: int
) -> tuple[list[Viewer], Sitters]:
    """Make the viewers of one seat one viewer.

    It is the one with the most usable frames, of equals the one with the larger face, then by
    camera, under the smallest id; that id stays as long as the seat is not empty for longer than a
    track is waited for. Who shares a seat with another in one and the same camera is a person more:
    the lesser of them keeps its own id, without a seat.

    Args:
        viewers: of one second, one for each track.
        before: at the end of the second before.
        second: of content.

    Returns:
        The viewers by id, and who sits where at the end of this second.
    """
    groups = _groups(viewers)
    sitting = {viewer.id for group in groups.values() for viewer in group}
    alone = [replace(v, seat="") if v.seat else v for v in viewers if v.id not in sitting]
    merged: list[Viewer] = []
    for seat, group in groups.items():
        own = {viewer.id for viewer in group}
        taken = {viewer.id for viewer in (*viewers, *merged)} - own
        number = _number(own, before.get(seat), taken, second)
        merged.append(replace(group[0], id=number, zone=_zone(group)))
    now = sorted([*alone, *merged], key=attrgetter("id"))
    return now, _sitters(now, before, second)


def _groups(viewers: Iterable[Viewer]) -> dict[str, list[Viewer]]:
    """Return by seat the viewers to make one of, at most one for each camera, the best first."""
    ordered = sorted((viewer for viewer in viewers if viewer.seat), key=_rank)
    first: dict[tuple[str, str], Viewer] = {}
    for viewer in ordered:
        first.setdefault((viewer.seat, viewer.camera_id), viewer)
    by_seat = sorted(first.values(), key=attrgetter("seat"))  # stable: the best stays first
    return {seat: list(group) for seat, group in groupby(by_seat, key=attrgetter("seat"))}


def _rank(viewer: Viewer) -> tuple[int, int, str, int]:
    return -viewer.usable, -viewer.size, viewer.camera_id, viewer.id


def _number(own: set[int], sitter: Sitter | None, taken: set[int], second: int) -> int:
    if sitter and sitter.viewer_id not in taken and _is_near(sitter, second):
        return sitter.viewer_id
    return min(own)


def _zone(group: Sequence[Viewer]) -> str:
    """Return the zone of the best that is in one; a camera may have none where the other has."""
    named = (viewer.zone for viewer in group if viewer.zone != ELSEWHERE)
    return next(named, ELSEWHERE)


def _sitters(viewers: Sequence[Viewer], before: Mapping[str, Sitter], second: int) -> Sitters:
    """Return who sits where; who was seen since is not waited for where it sat before."""
    seen = {viewer.id for viewer in viewers}
    waiting = {
        seat: sitter
        for seat, sitter in before.items()
        if sitter.viewer_id not in seen and _is_near(sitter, second)
    }
    now = {v.seat: Sitter(viewer_id=v.id, second=second) for v in viewers if v.seat}
    return dict(sorted((waiting | now).items()))


def _is_near(sitter: Sitter, second: int) -> bool:
    return (second - sitter.second) * 1000 <= ABSENCE_MS
