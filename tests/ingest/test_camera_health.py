from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.camera_health import (
    FACE_PX,
    FAILED_SHARE,
    LATE_MS,
    MISSING_SHARE,
    RECONNECTS_PER_HOUR,
    SLOW_READER_SHARE,
    STALLS_PER_HOUR,
    Limits,
    health,
)
from moodtrace.cameras import Camera, CameraState, CameraStatus
from tests.conftest import ROOT

NOW_MS = 1_800_000_000_000
FRONT = Camera(name="front", source="rtsp://cam/1", audience="panel", fps=5)
WELL = CameraStatus(
    name="front",
    state="live",
    since_ms=NOW_MS - 60_000,
    codec="h264",
    width=1280,
    height=720,
    fps=5.0,
    captured=10_000,
    clock="rtcp",
    clock_offset_ms=60,
    last_frame_ms=NOW_MS - 100,
)


def graded(camera: Camera = FRONT, **measured: Any) -> tuple[str, tuple[str, ...]]:
    return health(replace(WELL, **measured), camera, NOW_MS)


def test_a_camera_that_does_well_has_an_a_and_no_reasons() -> None:
    assert graded() == ("A", ())


@pytest.mark.parametrize(
    ("measured", "grade", "reason"),
    [
        ({"fps": 4.6}, "A", None),
        ({"fps": 3.6}, "B", "3.6 of 5 frames a second: raise the frame rate"),
        ({"fps": 2.5}, "C", "2.5 of 5 frames"),
        ({"fps": 0.5}, "D", "0.5 of 5 frames"),
        ({"reconnects_per_hour": 1}, "A", None),
        ({"reconnects_per_hour": 3}, "B", "3 times in an hour: check its power"),
        ({"reconnects_per_hour": 10}, "C", "10 times"),
        ({"reconnects_per_hour": 11}, "D", "11 times"),
        ({"stalls": 1}, "B", "it went silent once in an hour: restart it"),
        ({"stalls": 6}, "C", "6 times"),
        ({"stalls": 7}, "D", "7 times"),
        ({"failed": {"corrupt": 10}}, "A", None),
        ({"failed": {"corrupt": 50, "bad_picture": 50}}, "B", "1.0% of its frames could not be"),
        ({"failed": {"corrupt": 1000}}, "C", "10.0% of its frames"),
        ({"failed": {"corrupt": 1001}}, "D", "10.0% of its frames"),
        ({"dropped": {"slow_reader": 1}}, "B", "this machine fell behind: read fewer cameras"),
        ({"dropped": {"slow_reader": 200}}, "C", "2.0% of its frames"),
        ({"dropped": {"over_rate": 5000}}, "B", "lower the frame rate in its own settings"),
        ({"clock": "arrival", "clock_offset_ms": 0}, "B", "turn on its RTCP sender reports"),
        ({"face_px": 48}, "A", None),
        ({"face_px": 32}, "B", "its faces are 32 px large: zoom in"),
        ({"face_px": 20}, "D", "20 px"),
        ({"clock_offset_ms": 500}, "A", None),
        ({"clock_offset_ms": 900}, "B", "0.9 s after they were taken: set its clock by NTP"),
    ],
)
def test_each_rule_gives_its_grade_and_says_what_to_do(
    measured: dict[str, Any], grade: str, reason: str | None
) -> None:
    found, reasons = graded(**measured)

    assert found == grade
    assert len(reasons) == (reason is not None)
    assert reason is None or reason in reasons[0]


def test_the_worst_reason_comes_first_and_gives_the_grade() -> None:
    grade, reasons = graded(fps=3.6, stalls=7, reconnects_per_hour=9)

    assert grade == "D"
    assert [
        word in reason for word, reason in zip(("silent", "anew", "of 5"), reasons, strict=True)
    ]


def test_a_camera_that_is_down_has_a_d_that_says_why() -> None:
    grade, reasons = graded(state="auth_failed", reason="auth_failed", fps=0)

    assert grade == "D"
    assert len(reasons) == 1
    assert ": " in reasons[0]


@pytest.mark.parametrize(
    ("measured", "grade"),
    [
        ({"state": "disabled"}, ""),
        ({"state": "connecting", "captured": 0}, ""),
        ({"state": "connecting", "captured": 0, "reason": "refused"}, "D"),
        ({"state": "connecting", "reason": "silent"}, "D"),
        ({"since_ms": NOW_MS - 5000, "fps": 1.0}, ""),
        ({"since_ms": NOW_MS - 5000, "stalls": 3}, "C"),
    ],
)
def test_it_is_not_graded_before_there_is_something_to_say(
    measured: dict[str, Any], grade: str
) -> None:
    assert graded(**measured)[0] == grade


def test_a_file_or_a_webcam_needs_no_sender_reports() -> None:
    assert graded(replace(FRONT, source="file:/a.mp4"), clock="arrival") == ("A", ())


@pytest.mark.parametrize("fps", [0.1, 0.5, 1, 25])
def test_a_camera_that_gives_what_is_wanted_has_an_a_at_any_rate(fps: float) -> None:
    whole = int(fps * 10)
    assert graded(replace(FRONT, fps=fps), fps=whole / 10) == ("A", ())


states = st.sampled_from(
    ["connecting", "live", "stalled", "waiting", "auth_failed", "not_found", "unsupported"]
)


@given(states, st.floats(0, 60), st.integers(0, 99), st.integers(0, 99), st.integers(1, 10**6))
def test_below_an_a_there_is_always_a_reason_with_what_to_do(
    state: CameraState, fps: float, stalls: int, returns: int, captured: int
) -> None:
    grade, reasons = graded(
        state=state,
        reason="" if state == "live" else "silent",
        fps=fps,
        stalls=stalls,
        reconnects_per_hour=returns,
        captured=captured,
    )

    assert (grade in {"B", "C", "D"}) == bool(reasons)
    assert all(": " in reason for reason in reasons)


def test_the_page_tells_the_rules_as_they_are() -> None:
    page = (ROOT / "docs/reference/cameras.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    told = {row[0]: tuple(row[1:]) for row in rows if len(row) == 4}

    def percent(limits: Limits) -> tuple[str, ...]:
        return tuple(f"{limit:.3g} %" for limit in [100 * limit for limit in limits])

    def number(limits: Limits) -> tuple[str, ...]:
        return tuple(f"{limit:g}" for limit in limits)

    assert told["wanted frames that did not come"] == percent(MISSING_SHARE)
    assert told["times connected anew in an hour"] == number(RECONNECTS_PER_HOUR)
    assert told["times gone silent in an hour"] == number(STALLS_PER_HOUR)
    assert told["frames that could not be decoded"] == percent(FAILED_SHARE)
    assert told["frames dropped as `slow_reader`"] == percent(SLOW_READER_SHARE)
    assert f"more than {LATE_MS} ms after" in page
    least = told["median size of the last 200 faces, px of the analysed frame"]
    assert least == tuple(f"{-limit:g}" for limit in FACE_PX)


@pytest.mark.parametrize(
    "limits",
    [
        MISSING_SHARE,
        RECONNECTS_PER_HOUR,
        STALLS_PER_HOUR,
        FAILED_SHARE,
        SLOW_READER_SHARE,
        FACE_PX,
    ],
)
def test_limits_rise(limits: Limits) -> None:
    assert all(better < worse for better, worse in pairwise(limits))
