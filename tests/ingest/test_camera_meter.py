from typing import Literal

from ingest.camera_meter import CameraMeter
from ingest.live_events import LiveDropped, LiveFailed, LiveFrame, LiveOpened
from moodtrace.cameras import CameraStatus


def frame(at_s: float, late_ms: int = 50, clock: Literal["rtcp", "arrival"] = "rtcp") -> LiveFrame:
    arrival_ms = round(at_s * 1000)
    return LiveFrame(
        capture_ms=arrival_ms - late_ms,
        arrival_ms=arrival_ms,
        clock=clock,
        width=8,
        height=8,
        image=b"",
    )


def status(meter: CameraMeter, now_s: float) -> CameraStatus:
    return meter.status("front", "live", "", 0, now_s)


def stream(meter: CameraMeter, start_s: float, seconds: float, late_ms: int = 50) -> None:
    for number in range(round(seconds * 5)):
        at_s = start_s + number / 5
        meter.frame(frame(at_s, late_ms), at_s)


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    meter = CameraMeter()
    stream(meter, 0, 60)

    assert status(meter, 59.9).fps == 5
    assert status(meter, 64.9).fps == 2.5
    assert status(meter, 80).fps == 0
    assert status(meter, 80).captured == 300
    assert status(meter, 80).last_frame_ms == 59_800


def test_what_was_sampled_is_a_picture_failed_or_dropped() -> None:
    meter = CameraMeter()
    stream(meter, 0, 2)
    for _ in range(3):
        meter.failed(LiveFailed(capture_ms=0, reason="corrupt"))
    meter.dropped(LiveDropped(count=4, reason="slow_reader", first_ms=0, last_ms=600))
    meter.dropped(LiveDropped(count=500, reason="over_rate", first_ms=0, last_ms=600))

    found = status(meter, 2)
    assert found.captured == 10 + 3 + 4
    assert found.failed == {"corrupt": 3}
    assert found.dropped == {"slow_reader": 4, "over_rate": 500}


def test_reconnects_and_stalls_are_those_of_the_last_hour() -> None:
    meter = CameraMeter()
    for hour in range(3):
        meter.entered("connecting", hour * 3600)
        meter.entered("live", hour * 3600 + 1)
        meter.entered("stalled", hour * 3600 + 10)
    meter.entered("connecting", 2 * 3600 + 11)
    meter.entered("live", 2 * 3600 + 12)

    found = status(meter, 2 * 3600 + 20)
    assert (found.reconnects_per_hour, found.stalls) == (2, 1)


def test_the_first_connection_is_no_reconnect() -> None:
    meter = CameraMeter()
    for _ in range(5):
        meter.entered("connecting", 1)
        meter.entered("waiting", 2)
    meter.entered("live", 3)

    assert status(meter, 4).reconnects_per_hour == 0


def test_the_offset_is_smoothed_and_begins_anew_with_the_clock() -> None:
    meter = CameraMeter()
    meter.frame(frame(0, 900, "arrival"), 0)
    assert (status(meter, 0).clock, status(meter, 0).clock_offset_ms) == ("arrival", 0)

    stream(meter, 1, 20, late_ms=80)
    meter.frame(frame(21, 1080), 21)

    found = status(meter, 21)
    assert found.clock == "rtcp"
    assert 90 <= found.clock_offset_ms <= 110


def test_it_knows_what_was_opened_last() -> None:
    meter = CameraMeter()
    assert (status(meter, 0).codec, status(meter, 0).width) == ("", 0)

    for codec, width in (("h264", 640), ("hevc", 1280)):
        meter.opened(
            LiveOpened(
                codec=codec, width=width, height=360, fps=15, analysis_width=8, analysis_height=8
            )
        )

    assert (status(meter, 0).codec, status(meter, 0).width) == ("hevc", 1280)
