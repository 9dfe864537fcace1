"""Who faces the screen; where that is, seen from each camera, the first heads tell."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec

from moodtrace.tracks import Sighting

FACING_DEG: Final = 30
"""A head that points further away from the screen does not attend: a screen as wide as it is far
fills 27 degrees to each side, and a pose from five landmarks is a few degrees off."""
CALIBRATION_SECONDS: Final = 10
"""So many seconds with faces say where the screen is; a content begins with the audience's eyes on
it."""
FEWEST_VIEWERS: Final = 5
"""Fewer heads may all look elsewhere; then the screen is taken to be where the camera is."""


class Facing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the heads that one camera saw in its first seconds pointed."""

    seconds: int = 0
    """Seconds that went in."""
    viewers: int = 0
    """Most viewers in one of them."""
    faces: int = 0
    """Faces that went in."""
    yaw_deg: int = 0
    """Sum over these faces."""
    pitch_deg: int = 0

    def attends(self, pose: Sequence[int]) -> bool:
        """Say whether a head faces the screen.

        Args:
            pose: yaw, pitch and roll in degrees.
        """
        is_known = self.viewers >= FEWEST_VIEWERS
        yaw_deg, pitch_deg = (self.yaw_deg, self.pitch_deg) if is_known else (0, 0)
        across = pose[0] - yaw_deg / max(self.faces, 1)
        down = pose[1] - pitch_deg / max(self.faces, 1)
        return across**2 + down**2 <= FACING_DEG**2


def calibrated(facing: Mapping[str, Facing], sightings: Iterable[Sighting]) -> dict[str, Facing]:
    """Let the faces of one second say where the screen is, while that is still to be learnt.

    Args:
        facing: by camera, at the end of the second before.
        sightings: the faces of confirmed tracks.

    Returns:
        By camera, at the end of this second.
    """
    now = dict(facing)
    ordered = sorted(sightings, key=attrgetter("camera_id"))
    for camera, seen in groupby(ordered, key=attrgetter("camera_id")):
        posed = [sighting for sighting in seen if sighting.face.pose]
        poses = [sighting.face.pose for sighting in posed]
        before = now.get(camera, Facing())
        if poses and before.seconds < CALIBRATION_SECONDS:
            now[camera] = Facing(
                seconds=before.seconds + 1,
                viewers=max(before.viewers, len({sighting.track_id for sighting in posed})),
                faces=before.faces + len(poses),
                yaw_deg=before.yaw_deg + sum(pose[0] for pose in poses),
                pitch_deg=before.pitch_deg + sum(pose[1] for pose in poses),
            )
    return dict(sorted(now.items()))
