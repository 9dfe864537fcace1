"""Cameras on a real RTSP server, read by the real child."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
import psutil
import pytest

from ingest.live_events import LiveDropped, LiveEnded, LiveFrame
from ingest.live_process import LiveProcess
from ingest.live_stream import unix_ms
from tests.ingest.held import held
from tests.ingest.live import (
    after_frames,
    end_of,
    frames_of,
    heard,
    intervals_ms,
    is_end,
    live_job,
    openings_of,
    picture_of,
)
from tests.servers.clips import Clip, encoded
from tests.servers.proxy import Proxy
from tests.servers.rtsp import Mount, RtspServer
from tests.waiting import wait_until

FACE = "WolfgangLanger_Pexels.mp4"
EVERY = 1000
"""More frames than any source has."""
PASSWORDS = ["simple", "pa:ss@w/ord %?", "pässwort"]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Every test must give back all processes and open files."""
    before = held()
    yield
    now = held()
    assert (now.processes, now.files) == (before.processes, before.files)


@pytest.fixture(scope="module")
def hevc_clip(footage: Callable[[str], Path]) -> Clip:
    return encoded(footage(FACE), "hevc")


def pictures_in(clip: Clip) -> list[npt.NDArray[np.int16]]:
    """What a clip shows, `(h, w, 3)` BGR."""
    decoder = av.CodecContext.create(clip.codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    packets = [av.Packet(unit.data) for unit in clip.units]
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return [np.asarray(frame.to_ndarray(format="bgr24"), np.int16) for frame in frames]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_is_sampled_with_times_of_capture(
    rtsp_server: type[RtspServer],
    clip: Clip,
    hevc_clip: Clip,
    codec: str,
    transport: Literal["tcp", "udp"],
) -> None:
    shown = clip if codec == "h264" else hevc_clip
    with (
        rtsp_server({"front": Mount(shown)}) as server,
        LiveProcess(live_job(server.url("front"), transport=transport)) as process,
    ):
        events = heard(process, until=after_frames(25))
    (opening,) = openings_of(events)
    assert (opening.codec, opening.width, opening.height) == (codec, 320, 180)
    assert opening.fps == pytest.approx(25)
    frames = frames_of(events)
    assert frames[-1].clock == "rtcp"
    reported = [frame for frame in frames if frame.clock == "rtcp"]
    assert all(abs(interval - 200) <= 2 for interval in intervals_ms(reported)[1:])
    assert all(0 <= frame.arrival_ms - frame.capture_ms < 1000 for frame in frames)
    sent = pictures_in(shown)
    for frame in frames[:3]:
        assert min(np.abs(picture_of(frame) - one).mean() for one in sent) < 4


@pytest.mark.parametrize("digest", [False, True], ids=["basic", "digest"])
def test_who_has_the_password_sees_the_camera_and_nobody_else(
    rtsp_server: type[RtspServer], clip: Clip, digest: bool
) -> None:
    user, password = "us er", PASSWORDS[1]
    with rtsp_server({"front": Mount(clip)}, user=user, password=password, digest=digest) as server:
        url = server.url("front")
        right = live_job(url, username=user, password=password)
        with LiveProcess(right) as process:
            assert frames_of(heard(process, until=after_frames(1)))
        for wrong in (live_job(url), live_job(url, username=user, password=PASSWORDS[0])):
            with LiveProcess(wrong) as process:
                assert end_of(heard(process, until=is_end)).reason == "auth_failed"


def test_a_camera_that_the_server_does_not_have(rtsp_server: type[RtspServer], clip: Clip) -> None:
    with (
        rtsp_server({"front": Mount(clip)}) as server,
        LiveProcess(live_job(server.url("back"))) as process,
    ):
        assert end_of(heard(process, until=is_end)).reason == "not_found"


def ends_after(
    url: str, fault: Callable[[], None], *, read_s: float = 2.0
) -> tuple[LiveEnded, float]:
    """Let a camera run for a second, break something; return the end and how long it took."""
    with LiveProcess(live_job(url, read_s=read_s)) as process:
        frames = frames_of(heard(process, until=after_frames(5)))
        fault()
        broken_ms = frames[-1].arrival_ms
        events = heard(process, until=is_end)
        last_ms = max([frame.arrival_ms for frame in frames_of(events)], default=broken_ms)
        return end_of(events), (unix_ms() - last_ms) / 1000


def test_a_server_that_is_killed_ends_the_source(rtsp_server: type[RtspServer], clip: Clip) -> None:
    with rtsp_server({"front": Mount(clip)}) as server:
        end, took_s = ends_after(server.url("front"), server.kill)
    assert end.reason == "ended"
    assert took_s < 1


def test_a_server_that_hangs_is_given_up_in_time(rtsp_server: type[RtspServer], clip: Clip) -> None:
    with rtsp_server({"front": Mount(clip)}) as server:
        end, took_s = ends_after(server.url("front"), server.freeze)
    assert end.reason == "silent"
    assert 1.5 < took_s < 2 + 3


def test_a_network_that_swallows_everything_is_noticed_in_time(
    rtsp_server: type[RtspServer], clip: Clip
) -> None:
    with rtsp_server({"front": Mount(clip)}) as server, Proxy(server.port) as proxy:
        url = f"rtsp://127.0.0.1:{proxy.port}/front"
        end, took_s = ends_after(url, lambda: proxy.switch("blackhole"))
    assert end.reason == "silent"
    assert took_s < 2 + 3


def test_a_connection_that_is_reset_ends_the_source(
    rtsp_server: type[RtspServer], clip: Clip
) -> None:
    with rtsp_server({"front": Mount(clip)}) as server, Proxy(server.port) as proxy:
        url = f"rtsp://127.0.0.1:{proxy.port}/front"
        end, took_s = ends_after(url, lambda: proxy.switch("reset"))
    assert end.reason == "ended"
    assert took_s < 1


def test_a_server_comes_back_at_its_old_port(rtsp_server: type[RtspServer], clip: Clip) -> None:
    with rtsp_server({"front": Mount(clip)}) as server:
        url = server.url("front")
        for _ in range(2):
            with LiveProcess(live_job(url)) as process:
                assert frames_of(heard(process, until=after_frames(2)))
            server.kill()
            server.start()
        assert server.url("front") == url


def test_a_camera_that_says_goodbye_ends_the_source(
    rtsp_server: type[RtspServer], clip: Clip
) -> None:
    with (
        rtsp_server({"front": Mount(clip, looped=False)}) as server,
        LiveProcess(live_job(server.url("front"), fps=EVERY)) as process,
    ):
        events = heard(process, until=is_end)
    assert end_of(events).reason == "ended"
    assert len(frames_of(events)) == len(clip.units)


def test_a_camera_that_changes_its_size_goes_on_at_the_new_one(
    rtsp_server: type[RtspServer], clip: Clip, footage: Callable[[str], Path]
) -> None:
    larger = encoded(footage(FACE), width=640, height=360, seconds=2)
    with (
        rtsp_server({"front": Mount(clip + larger + clip, looped=False)}) as server,
        LiveProcess(live_job(server.url("front"), fps=EVERY)) as process,
    ):
        events = heard(process, until=is_end)
    sizes = [(opening.width, opening.height) for opening in openings_of(events)]
    assert sizes == [(320, 180), (640, 360), (320, 180)]
    shapes = [picture_of(frame).shape[1::-1] for frame in frames_of(events)]
    assert shapes == [(320, 180)] * 100 + [(640, 360)] * 50 + [(320, 180)] * 100


def test_a_reader_that_is_slow_gets_the_newest_and_the_count_of_the_others(
    rtsp_server: type[RtspServer], clip: Clip
) -> None:
    with (
        rtsp_server({"front": Mount(clip)}) as server,
        LiveProcess(live_job(server.url("front"), fps=25)) as process,
    ):
        first = frames_of(heard(process, until=after_frames(1)))[0]
        wait_until(lambda: unix_ms() - first.arrival_ms > 5000)
        resumed_ms = unix_ms()
        events = heard(
            process,
            until=lambda event: isinstance(event, LiveFrame) and event.arrival_ms > resumed_ms,
        )
    frames = frames_of(events)
    told = [event for event in events if isinstance(event, LiveDropped)]
    dropped = sum(event.count for event in told)
    assert {event.reason for event in told} == {"slow_reader"}
    sampled = 1 + round((frames[-1].capture_ms - first.capture_ms) / 40)
    assert 1 + len(frames) + dropped == pytest.approx(sampled, abs=2)
    assert dropped > 50
    times_ms = [frame.capture_ms for frame in (first, *frames)]
    times_ms += [at_ms for event in told for at_ms in event.times_ms()]
    assert np.diff(sorted(times_ms)).max() <= 120  # every one has its time
    # What waited was in the pipe or in the box of sixteen; what came after it is new.
    assert sum(frame.arrival_ms > resumed_ms - 1000 for frame in frames) >= 10


def rate_of_a_runaway(server: RtspServer, seconds: float) -> tuple[float, float, float]:
    """Return frames sampled and dropped a second, and by how many MB the child grew."""
    with LiveProcess(live_job(server.url("front"))) as process:
        heard(process, until=after_frames(15))
        child = psutil.Process(process.pid)
        began_ms, before = unix_ms(), child.memory_info().rss
        events = heard(
            process, until=lambda _: unix_ms() - began_ms >= seconds * 1000, timeout_s=seconds + 30
        )
        took_s = (unix_ms() - began_ms) / 1000
        grown = child.memory_info().rss - before
    dropped = sum(event.count for event in events if isinstance(event, LiveDropped))
    assert {event.reason for event in events if isinstance(event, LiveDropped)} == {"over_rate"}
    return len(frames_of(events)) / took_s, dropped / took_s, grown / 1e6


@pytest.mark.parametrize("seconds", [10, pytest.param(60, marks=pytest.mark.slow)])
def test_a_camera_that_runs_away_is_held_to_the_rate_and_counted(
    rtsp_server: type[RtspServer], footage: Callable[[str], Path], seconds: float
) -> None:
    clip = encoded(footage(FACE), fps=240, seconds=2)
    with rtsp_server({"front": Mount(clip)}) as server:
        sampled, dropped, grown_mb = rate_of_a_runaway(server, seconds)
    assert sampled == pytest.approx(5, rel=0.05)
    assert dropped == pytest.approx(120, rel=0.1)
    assert grown_mb < 20


def test_a_camera_whose_timestamps_jump_loses_no_frame_and_its_times_rise(
    rtsp_server: type[RtspServer], clip: Clip
) -> None:
    jumps_ms = {1: -700, 2: 800, 3: -100}
    units = tuple(
        replace(unit, pts_ns=unit.pts_ns + jumps_ms.get(number // 25, 0) * 1_000_000)
        for number, unit in enumerate(clip.units)
    )
    with (
        rtsp_server({"front": Mount(Clip(clip.codec, units), looped=False)}) as server,
        LiveProcess(live_job(server.url("front"), fps=EVERY)) as process,
    ):
        events = heard(process, until=is_end)
    frames = frames_of(events)
    assert len(frames) == len(clip.units)
    assert min(intervals_ms(frames)) >= 1
    assert all(-100 <= frame.arrival_ms - frame.capture_ms < 1000 for frame in frames)
