import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.decode import read_file
from moodtrace.messages import FrameCaptured
from tests.ingest.made_video import (
    ended,
    failures_of,
    image_of,
    job,
    make_video,
    opened,
    pictures_of,
    quadrants,
    read,
    shades,
    times_of,
)

Footage = Callable[[str], Path]


def frames_by_plain_decoding(path: Path) -> int:
    with av.open(path) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_steady_recording_gives_the_asked_for_rate(tmp_path: Path) -> None:
    path = make_video(tmp_path / "steady.mp4", shades(75))
    events = read(path)
    assert times_of(events) == [
        second * 1000 + ms for second in range(3) for ms in range(0, 999, 200)
    ]
    assert [frame.seq for frame in pictures_of(events)] == list(range(15))


def test_the_first_event_describes_the_source(tmp_path: Path) -> None:
    path = make_video(tmp_path / "small.mp4", shades(50, width=320, height=240))
    event = opened(list(read_file(job(path, max_width=160, max_height=160))))
    assert (event.camera_id, event.codec, event.width, event.height) == ("front", "h264", 320, 240)
    assert (event.average_fps, event.duration_ms, event.rotation_deg) == (25.0, 2000, 0)
    assert (event.analysis_width, event.analysis_height) == (160, 120)


def test_the_last_event_closes_the_ledger(tmp_path: Path) -> None:
    event = ended(read(make_video(tmp_path / "steady.mp4", shades(50))))
    assert (event.reason, event.captured, event.failed) == ("", 10, {})
    assert (event.end_ms, event.duration_ms) == (2000, 2000)


def test_a_variable_rate_is_sampled_by_time(tmp_path: Path) -> None:
    rates = [60, 3, 30, 5, 10, 25]
    times_ms = [
        1000 * second + 1000 * number // rate
        for second, rate in enumerate(rates)
        for number in range(rate)
    ]
    path = make_video(tmp_path / "vfr.mkv", shades(len(times_ms)), times_ms=times_ms)
    per_second = Counter(time_ms // 1000 for time_ms in times_of(read(path)))
    assert [per_second[second] for second in range(6)] == [5, 3, 5, 5, 5, 5]


def test_frames_that_build_on_later_ones_come_in_order_of_showing(tmp_path: Path) -> None:
    options = {"bf": "3", "x264-params": "open-gop=1:keyint=12:b-adapt=0"}
    path = make_video(tmp_path / "b.mp4", shades(50), encoder=options)
    times_ms = times_of(read(path, fps=25))
    assert len(times_ms) == frames_by_plain_decoding(path) == 50
    assert all(earlier < later for earlier, later in itertools.pairwise(times_ms))


@pytest.mark.parametrize("name", ["WolfgangLanger_Pexels.mp4", "face_noface.mov", "no_face.mp4"])
def test_real_clips_give_every_frame_without_a_failure(footage: Footage, name: str) -> None:
    path = footage(name)
    end = ended(read(path, fps=60))
    assert (end.reason, end.failed) == ("", {})
    assert end.captured == frames_by_plain_decoding(path)


def test_missing_timestamps_still_give_the_nominal_rate(tmp_path: Path) -> None:
    options = {"bf": "0"}
    path = make_video(tmp_path / "no_times.avi", shades(50), codec="mpeg4", encoder=options)
    assert times_of(read(path)) == [0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800]


def test_a_single_frame_is_a_recording_too(tmp_path: Path) -> None:
    events = read(make_video(tmp_path / "one.mp4", shades(1)))
    assert times_of(events) == [0]
    assert ended(events).reason == ""


def test_pictures_are_blue_green_red_with_the_full_range(tmp_path: Path) -> None:
    path = make_video(tmp_path / "colours.mp4", [quadrants()] * 5)
    image = image_of(pictures_of(read(path))[0])
    expected = quadrants()[..., ::-1]
    inner = np.s_[10:-10:40, 10:-10:50]
    assert np.abs(image[inner].astype(int) - expected[inner]).max() <= 4


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_recordings_are_analysed_upright(tmp_path: Path, degrees: int) -> None:
    stored = np.ascontiguousarray(np.rot90(quadrants(), -degrees // 90))
    path = make_video(tmp_path / "turned.mp4", [stored] * 5, rotation_deg=degrees)
    events = list(read_file(job(path, max_width=80)))
    upright = list(read_file(job(make_video(tmp_path / "up.mp4", [quadrants()] * 5), max_width=80)))
    image, expected = image_of(pictures_of(events)[0]), image_of(pictures_of(upright)[0])
    assert opened(events).rotation_deg == degrees
    assert (opened(events).analysis_width, opened(events).analysis_height) == (80, 60)
    assert image.shape == expected.shape == (60, 80, 3)
    assert np.abs(image.astype(int) - expected).mean() < 2


def test_recordings_that_stand_on_their_head_are_analysed_upright(tmp_path: Path) -> None:
    stored = np.ascontiguousarray(quadrants()[::-1])
    path = make_video(tmp_path / "flipped.mp4", [stored] * 5, vertical_flip=True)
    image = image_of(pictures_of(read(path))[0])
    assert np.abs(image.astype(int) - quadrants()[..., ::-1]).mean() < 3


def test_every_frame_has_its_own_size_when_the_size_changes(tmp_path: Path) -> None:
    parts = [
        make_video(tmp_path / f"{number}.ts", shades(25, width, height), fps=25)
        for number, (width, height) in enumerate([(160, 120), (320, 240), (160, 120)])
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    events = read(path, fps=25)
    sizes = [(frame.width, frame.height) for frame in pictures_of(events)]
    assert sizes == [(160, 120)] * 25 + [(320, 240)] * 25 + [(160, 120)] * 25
    assert ended(events).end_ms == 3000


def test_an_offset_moves_the_recording_on_the_playhead(tmp_path: Path) -> None:
    path = make_video(tmp_path / "late.mp4", shades(50))
    assert times_of(read_file(job(path, offset_ms=-1000))) == [0, 200, 400, 600, 800]
    assert times_of(read_file(job(path, offset_ms=150)))[:3] == [150, 230, 430]


def test_a_resumed_run_sees_the_very_same_frames(tmp_path: Path) -> None:
    path = make_video(tmp_path / "resumed.mp4", shades(75), encoder={"bf": "3"})
    whole = pictures_of(read(path))
    resumed = pictures_of(read_file(job(path, start_ms=1000)))
    assert [frame.seq for frame in resumed] == list(range(10))
    assert [(frame.pts_ms, frame.image) for frame in resumed] == [
        (frame.pts_ms, frame.image) for frame in whole[5:]
    ]


def damaged(path: Path, seed: int, share: float) -> bytes:
    """The file with bytes flipped in that share of its packets."""
    rng = np.random.default_rng(seed)
    content = bytearray(path.read_bytes())
    with av.open(path) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pos and packet.size]
    for packet in rng.choice(len(packets), max(1, round(share * len(packets))), replace=False):
        for place in rng.integers(8, packets[packet].size, 20):
            content[(packets[packet].pos or 0) + int(place)] ^= int(rng.integers(1, 256))
    return bytes(content)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4"])
@pytest.mark.parametrize("seed", range(4))
def test_damage_in_the_middle_is_counted_and_survived(
    tmp_path: Path, footage: Footage, codec: str, seed: int
) -> None:
    with av.open(footage("WolfgangLanger_Pexels.mp4")) as container:
        pictures = [
            frame.to_ndarray(format="rgb24", width=320, height=180).astype(np.uint8)
            for frame in itertools.islice(container.decode(video=0), 75)
        ]
    whole = make_video(tmp_path / "whole.mp4", pictures, codec=codec, encoder={"g": "12"})  # type: ignore[arg-type]
    path = tmp_path / "damaged.mp4"
    path.write_bytes(damaged(whole, seed, share=0.05))
    events = read(path)
    end = ended(events)
    assert end.captured == len(pictures_of(events)) + len(failures_of(events))
    assert end.captured == 15
    assert end.failed.get("corrupt", 0) == len(failures_of(events))
    assert all(earlier < later for earlier, later in itertools.pairwise(times_of(events)))


def test_an_image_holds_exactly_its_pixels(tmp_path: Path) -> None:
    path = make_video(tmp_path / "odd.mp4", shades(5, width=322, height=182))
    (frame,) = [
        event
        for event in read_file(job(path, max_width=101, max_height=101))
        if isinstance(event, FrameCaptured)
    ]
    assert len(frame.image) == frame.width * frame.height * 3
    assert (frame.width, frame.height) == (101, 57)
