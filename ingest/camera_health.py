"""Grades a camera's health by fixed rules and says what to do about it; measures nothing.

`docs/reference/cameras.md` lists the rules. The worst one that applies gives the grade.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Final, Literal, NamedTuple, TypeAlias

from ingest.camera_meter import FPS_WINDOW_S
from moodtrace.cameras import Camera, CameraStatus
from moodtrace.problems import LIVE_PROBLEMS

Grade: TypeAlias = Literal["A", "B", "C", "D"]
_GRADES: Final[tuple[Grade, ...]] = ("A", "B", "C", "D")

Limits: TypeAlias = tuple[float, float, float]
"""What a value may be at most for A, for B and for C."""

MISSING_SHARE: Final[Limits] = (0.1, 0.3, 0.6)
RECONNECTS_PER_HOUR: Final[Limits] = (1, 3, 10)
STALLS_PER_HOUR: Final[Limits] = (0, 2, 6)
FAILED_SHARE: Final[Limits] = (0.001, 0.01, 0.1)
SLOW_READER_SHARE: Final[Limits] = (0, 0.01, 0.1)
LATE_MS: Final = 500
FACE_PX: Final[Limits] = (-48, -32, -24)
"""Less is worse: 32 px keep nine tenths of the accuracy, 24 px eight (docs/decisions/0001)."""


class Health(NamedTuple):
    """How well a camera does."""

    grade: Grade | Literal[""]
    """Empty if it is too early to say, or nobody wants the camera."""
    reasons: tuple[str, ...]
    """Why the grade is not A, the worst first, each a clause with what to do."""


def health(status: CameraStatus, camera: Camera, now_ms: int) -> Health:
    """Grade a camera.

    Args:
        status: as measured; its own grade is not looked at.
        camera: as configured.
        now_ms: Unix time.
    """
    if status.state == "disabled" or (status.state == "connecting" and not status.reason):
        return Health("", ())
    is_settled = status.state == "live" and now_ms - status.since_ms >= 1000 * FPS_WINDOW_S
    findings = [_down(status)] if status.state != "live" else []
    findings += _measured(status)
    findings += _settled(status, camera) if is_settled else ()
    found = sorted((f for f in findings if f[0] != "A"), key=itemgetter(0), reverse=True)
    if found:
        return Health(found[0][0], tuple(reason for _, reason in found))
    return Health("A" if is_settled else "", ())


def _grade(value: float, limits: Limits) -> Grade:
    return _GRADES[sum(value > limit for limit in limits)]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _down(status: CameraStatus) -> tuple[Grade, str]:
    problem = LIVE_PROBLEMS[status.reason]
    return "D", f"{problem.what}: {problem.try_this}"


def _measured(status: CameraStatus) -> Iterator[tuple[Grade, str]]:
    """Judge what was counted so far, whatever the camera does now."""
    returns, stalls = status.reconnects_per_hour, status.stalls
    captured = max(1, status.captured)
    failed = sum(status.failed.values()) / captured
    missed = status.dropped.get("slow_reader", 0) / captured
    yield (
        _grade(returns, RECONNECTS_PER_HOUR),
        f"it had to be connected anew {_times(returns)} in an hour: "
        "check its power, its cable or its Wi-Fi",
    )
    yield (
        _grade(stalls, STALLS_PER_HOUR),
        f"it went silent {_times(stalls)} in an hour: restart it, update its firmware, "
        "or let fewer programs read it at once",
    )
    yield (
        _grade(failed, FAILED_SHARE),
        f"{failed:.1%} of its frames could not be decoded: "
        "use TCP, lower its bit rate, or check its network",
    )
    yield (
        _grade(missed, SLOW_READER_SHARE),
        f"{missed:.1%} of its frames were dropped because this machine fell behind: "
        "read fewer cameras here, or lower their fps",
    )
    yield (
        "B" if status.dropped.get("over_rate") else "A",
        "it sends far more frames than are wanted: lower the frame rate in its own settings",
    )


def _settled(status: CameraStatus, camera: Camera) -> Iterator[tuple[Grade, str]]:
    """Judge what only a camera shows that has been live for a while."""
    wanted = camera.fps * FPS_WINDOW_S
    missing = (wanted - status.fps * FPS_WINDOW_S - 1) / wanted  # one is cut off by the window
    yield (
        _grade(missing, MISSING_SHARE),
        f"{status.fps:.1f} of {camera.fps:g} frames a second: raise the frame rate in its own "
        "settings, or lower its resolution",
    )
    yield (
        "B" if status.clock == "arrival" and camera.source.startswith("rtsp") else "A",
        "it does not say when its pictures were taken, so they count from when they arrive: "
        "turn on its RTCP sender reports",
    )
    if status.face_px is not None:
        yield (
            _grade(-status.face_px, FACE_PX),
            f"its faces are {status.face_px} px large: zoom in, move it closer, or analyse "
            "larger pictures",
        )
    yield (
        "B" if status.clock_offset_ms > LATE_MS else "A",
        f"its pictures arrive {status.clock_offset_ms / 1000:.1f} s after they were taken: "
        "set its clock by NTP, lower its bit rate, or check its network",
    )
