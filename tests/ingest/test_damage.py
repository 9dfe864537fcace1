"""Promise A4: what bad data spoils is never taken for a picture."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.error import FFmpegError

from ingest.damage import LONGEST_MS, Damage
from ingest.live_events import LiveEvent, LiveFailed, LiveJob
from ingest.live_process import LiveProcess
from tests.ingest.live import end_of, frames_of, heard, is_end, live_job
from tests.servers.clips import Clip, Codec, Unit, encoded
from tests.servers.rtsp import Mount, RtspServer

Picture = npt.NDArray[np.int16]


def spoiled(marks: str) -> str:
    """`k`: a key frame, `p`: another one, `x`: a corrupt one; the answer marks what is spoiled."""
    damage = Damage()
    return "".join(
        "x" if damage.spoils(number * 40, is_corrupt=mark == "x", is_key=mark == "k") else "."
        for number, mark in enumerate(marks)
    )


def test_damage_lasts_up_to_the_next_key_frame() -> None:
    assert spoiled("kppxppkppp") == "...xxx...."


def test_a_damaged_key_frame_heals_nothing() -> None:
    assert spoiled("kxppxppk") == ".xxxxxx."


def test_a_stream_without_key_frames_is_whole_again_after_a_while() -> None:
    count = LONGEST_MS // 40
    assert spoiled("px" + "p" * (count + 1)) == ".x" + "x" * count + "."


def flipped(units: Iterable[Unit], share: float, seed: int) -> Iterator[Unit]:
    """Turn one bit over in so many of the bytes."""
    rng = random.Random(seed)  # noqa: S311 (no secret)
    for unit in units:
        data = bytearray(unit.data)
        for index in range(len(data)):
            if rng.random() < share:
                data[index] ^= 1 << rng.randrange(8)
        yield replace(unit, data=bytes(data))


def shown(units: Sequence[Unit]) -> list[tuple[int, av.VideoFrame | None]]:
    """What the decoder gives for each; the number of the unit, for the lost ones too."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.options = {"flags": "+output_corrupt"}
    decoder.thread_type, decoder.thread_count = "NONE", 1
    frames: list[tuple[int, av.VideoFrame | None]] = []
    for number, unit in enumerate(units):
        packet = av.Packet(unit.data)
        packet.pts = number
        try:
            frames += [(frame.pts or 0, frame) for frame in decoder.decode(packet)]
        except FFmpegError:
            frames.append((number, None))
    return frames


def gray(frame: av.VideoFrame) -> Picture:
    return np.asarray(frame.to_ndarray(format="gray"), np.int16)


@pytest.mark.parametrize("seed", range(8))
def test_no_picture_that_is_taken_for_whole_differs_from_the_one_sent(
    footage: Callable[[str], Path], seed: int
) -> None:
    clip = encoded(footage("WolfgangLanger_Pexels.mp4"), seconds=8)
    sent = {number: gray(frame) for number, frame in shown(clip.units) if frame is not None}
    damage, whole = Damage(), 0
    for number, frame in shown(list(flipped(clip.units, 1e-4, seed))):
        is_corrupt = frame is None or frame.is_corrupt
        is_key = frame is not None and bool(frame.key_frame)
        if not damage.spoils(number * 40, is_corrupt=is_corrupt, is_key=is_key):
            assert frame is not None
            assert np.abs(gray(frame) - sent[number]).mean() < 2
            whole += 1
    assert 0 < whole < len(clip.units)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_camera_that_sends_damaged_data_is_survived_and_every_frame_accounted_for(
    rtsp_server: type[RtspServer], footage: Callable[[str], Path], codec: Codec
) -> None:
    clip = encoded(footage("WolfgangLanger_Pexels.mp4"), codec, seconds=8)
    healthy, rest = clip.units[:25], clip.units[25:]
    mounts = {
        f"{share:g}": Mount(Clip(codec, (*healthy, *flipped(rest, share, seed=1))), looped=False)
        for share in (0, 1e-5, 1e-4, 1e-3, 1e-2)
    }
    with rtsp_server(mounts) as server, ThreadPoolExecutor(len(mounts)) as pool:
        jobs = [live_job(server.url(name), fps=1000) for name in mounts]
        heard_of = dict(zip(mounts, pool.map(all_of, jobs), strict=True))
    counts = {name: (len(frames_of(events)), failed(events)) for name, events in heard_of.items()}
    assert {end_of(events).reason for events in heard_of.values()} == {"ended"}
    whole, bad = counts["0"]
    # On a busy machine pictures come in bunches, and no two of a bunch have a time of their own.
    assert 0.9 * len(clip.units) <= whole <= len(clip.units)
    assert bad == 0
    assert counts["0.01"][1] > 0
    assert all(whole + bad <= len(clip.units) for whole, bad in counts.values())
    assert sum(counts["1e-05"]) >= 0.95 * len(clip.units)


def all_of(job: LiveJob) -> list[LiveEvent]:
    with LiveProcess(job) as process:
        return heard(process, until=is_end)


def failed(events: Sequence[LiveEvent]) -> int:
    return sum(isinstance(event, LiveFailed) for event in events)
