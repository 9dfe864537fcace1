"""Cameras as they are configured and how they fare; knows neither streams nor the store."""

from typing import Final, Literal

import msgspec

Polygon = tuple[tuple[float, float], ...]
"""At least three corners, x and y, each 0 to 1 of the upright frame."""

CameraState = Literal[
    "disabled",
    "connecting",
    "live",
    "stalled",
    "waiting",
    "auth_failed",
    "not_found",
    "unsupported",
    "unknown",
]
"""What a camera is doing; `unknown`: no ingest reports on it."""

SHOULD_WORK: Final = frozenset({"connecting", "live"})
"""States that need nobody's help."""


class Camera(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One camera of an audience. No password is ever in it, only where to find one."""

    name: str
    source: str
    """`rtsp://`, `rtsps://`, `file:`, `v4l2:`, or with `allow_http` `http(s)://`; without user."""
    audience: str
    fps: float = 5.0
    """Frames sampled a second."""
    enabled: bool = True
    transport: Literal["tcp", "udp"] = "tcp"
    username: str = ""
    password_env: str = ""
    """Name of the environment variable that holds the password."""
    password_file: str = ""
    """Path of a file that holds the password, as a secret is mounted."""
    allow_http: bool = False
    """Whether MJPEG or HLS over HTTP may be read."""
    offset_ms: int = 0
    """Added to the times of its frames."""
    masks: tuple[Polygon, ...] = ()
    """Blackened before a picture leaves the decode process."""
    zones: dict[str, Polygon] = {}
    seats: dict[str, Polygon] = {}


class CameraStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a camera fares now; written by ingest, with a short time to live."""

    name: str
    state: CameraState
    reason: str = ""
    """Code of what is wrong; empty if nothing is."""
    since_ms: int
    """Unix time at which this state began."""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    """Frames sampled a second, over the last ten."""
    captured: int = 0
    """Frames sampled since ingest began to read it as it is configured now."""
    dropped: dict[str, int] = {}
    failed: dict[str, int] = {}
    reconnects_per_hour: int = 0
    """Times it was live again, in the last hour."""
    stalls: int = 0
    """Times it went silent while it was live, in the last hour."""
    clock: Literal["rtcp", "arrival", ""] = ""
    """Where the times of its frames come from."""
    clock_offset_ms: int = 0
    """Arrival less capture time, smoothed; 0 if only arrival is known."""
    face_px: int | None = None
    """Median size of the faces that were seen of late, in pixels of the analysed frame; None if
    none was, or they are analysed elsewhere."""
    last_frame_ms: int = 0
    """Unix time at which the last frame was sampled; 0 if none was."""
    grade: Literal["A", "B", "C", "D", ""] = ""
    """Health; empty if it is too early to say."""
    reasons: tuple[str, ...] = ()
    """Why the grade is not A, each a clause with what to do."""
