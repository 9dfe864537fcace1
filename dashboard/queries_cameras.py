"""How cameras fare, in words and figures for who looks after them; knows nothing of Streamlit."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import pandas as pd

from moodtrace.cameras import SHOULD_WORK, Camera, CameraState, CameraStatus
from moodtrace.messages import QUALITY_UNITS, Quality
from moodtrace.metrics import is_shown
from moodtrace.problems import LIVE_PROBLEMS
from moodtrace.timeline import Row
from moodtrace.viewers import Viewer

Colour = Literal["green", "blue", "orange", "red", "gray"]


class StateWords(NamedTuple):
    """What a state is to a person."""

    text: str
    colour: Colour
    icon: str


STATE_WORDS: Final[Mapping[CameraState, StateWords]] = {
    "live": StateWords("Live", "green", ":material/videocam:"),
    "connecting": StateWords("Connecting", "blue", ":material/sync:"),
    "waiting": StateWords("Waiting to try again", "orange", ":material/schedule:"),
    "stalled": StateWords("Went silent", "orange", ":material/hourglass_empty:"),
    "auth_failed": StateWords("Password refused", "red", ":material/key_off:"),
    "not_found": StateWords("No such stream", "red", ":material/link_off:"),
    "unsupported": StateWords("Can't be read", "red", ":material/error:"),
    "disabled": StateWords("Switched off", "gray", ":material/videocam_off:"),
    "unknown": StateWords("Nobody reports", "red", ":material/help:"),
}


class Reading(NamedTuple):
    """How well faces could be read of late, over the viewers of one camera."""

    usable: float
    """Usable / seen viewer-seconds."""
    brightness: float | None
    """Median gray level of faces, 0 to 255."""
    sharpness: float | None
    """Median fineness of their edges, in cycles per crop."""


def readings(rows: Sequence[Row], k: int) -> dict[str, Reading]:
    """Sum up the faces of each camera; cameras with fewer than k usable viewers are left out.

    Args:
        rows: the last of a screening; those that may not be shown count for nothing.
        k: smallest cell of the screening.
    """
    seen: dict[str, list[Viewer]] = {}
    for row in rows:
        for viewer in row.people if is_shown(row, k) else ():
            seen.setdefault(viewer.camera_id, []).append(viewer)
    return {
        camera: _reading(viewers)
        for camera, viewers in seen.items()
        if len({viewer.id for viewer in viewers if not viewer.excluded}) >= k
    }


def cameras_table(
    cameras: Mapping[str, Camera],
    statuses: Mapping[str, CameraStatus],
    readings: Mapping[str, Reading],
    history: Mapping[str, Sequence[float]],
) -> pd.DataFrame:
    """Return one record per camera, those that need help first.

    Args:
        cameras: as configured, by name.
        statuses: how they fare.
        readings: how well faces can be read, where that is known and may be told.
        history: frames a second of late, the newest last.
    """
    order = sorted(cameras, key=lambda name: (_needs_nobody(cameras[name], statuses[name]), name))
    return pd.DataFrame(
        _record(cameras[name], statuses[name], readings.get(name), list(history.get(name, ())))
        for name in order
    )


def state_of(camera: Camera, status: CameraStatus) -> CameraState:
    """Return what a camera does; one that was switched off does nothing, whatever was reported."""
    return status.state if camera.enabled else "disabled"


def reason_of(camera: Camera, status: CameraStatus) -> tuple[str, str]:
    """Return what is wrong with a camera, and what to do; both empty if nothing is."""
    state = state_of(camera, status)
    if state == "disabled":
        return "", ""
    if state == "unknown":
        return "no ingest reads it", "start one: moodtrace up"
    if problem := LIVE_PROBLEMS.get(status.reason):
        return problem.what, problem.try_this
    parts = [reason.partition(": ") for reason in status.reasons]
    whats = [what for what, _, _ in parts] or [status.reason.replace("_", " ")] * bool(
        status.reason
    )
    return "; ".join(whats), "; ".join(try_this for _, _, try_this in parts if try_this)


def in_trouble(cameras: Mapping[str, Camera], statuses: Mapping[str, CameraStatus]) -> list[str]:
    """Return the cameras that do not work and should, in alphabetical order."""
    return [name for name in sorted(cameras) if not _needs_nobody(cameras[name], statuses[name])]


def offset_spread_ms(statuses: Iterable[CameraStatus]) -> int | None:
    """Return how far the offsets of cameras with a clock lie apart; None of fewer than two."""
    offsets = [s.clock_offset_ms for s in statuses if s.state == "live" and s.clock == "rtcp"]
    return max(offsets) - min(offsets) if len(offsets) > 1 else None


def _needs_nobody(camera: Camera, status: CameraStatus) -> bool:
    return state_of(camera, status) in SHOULD_WORK | {"disabled"}


def _record(
    camera: Camera, status: CameraStatus, reading: Reading | None, history: list[float]
) -> dict[str, object]:
    what, try_this = reason_of(camera, status)
    is_read = camera.enabled and status.state != "unknown"
    return {
        "name": camera.name,
        "state": STATE_WORDS[state_of(camera, status)].text,
        "grade": status.grade if is_read else "",
        "fps": status.fps if is_read else None,
        "wanted": camera.fps,
        "history": history,
        "face_px": status.face_px,
        "usable": reading and reading.usable,
        "brightness": reading and reading.brightness,
        "sharpness": reading and reading.sharpness,
        "clock_offset_ms": status.clock_offset_ms if status.clock == "rtcp" else None,
        "reconnects": status.reconnects_per_hour if is_read else None,
        "lost": _lost(status),
        "what": what,
        "try": try_this,
        "audience": camera.audience,
    }


def _lost(status: CameraStatus) -> str:
    both = [*sorted(status.dropped.items()), *sorted(status.failed.items())]
    return ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in both)


def _reading(viewers: Sequence[Viewer]) -> Reading:
    qualities = [viewer.quality for viewer in viewers if viewer.quality]
    return Reading(
        round(sum(not viewer.excluded for viewer in viewers) / len(viewers), 2),
        _median([quality.brightness for quality in qualities], "brightness"),
        _median([quality.sharpness for quality in qualities], "sharpness"),
    )


def _median(values: Sequence[int], measure: str) -> float | None:
    unit = QUALITY_UNITS[Quality.__struct_fields__.index(measure)]
    return statistics.median(values) / unit if values else None
