"""Footage that changes under way."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from av.packet import Packet

from moodtrace.store import Store
from tests.conftest import Cli

SIZES_PX = ((640, 360), (1280, 720), (640, 360))
SECONDS = 2
FPS = 10


@pytest.fixture
def switching(tmp_path: Path, footage: Callable[[str], Path]) -> Path:
    """One MPEG-TS stream of a still portrait whose resolution changes every two seconds."""
    video = cv2.VideoCapture(str(footage("WolfgangLanger_Pexels.mp4")))
    portrait = np.asarray(video.read()[1], np.uint8)
    video.release()
    path = tmp_path / "switching.ts"
    with av.open(path, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height = SIZES_PX[0]
        for part, size_px in enumerate(SIZES_PX):
            picture = np.asarray(cv2.resize(portrait, size_px), np.uint8)
            first = part * SECONDS * FPS
            for packet in packets_of(picture, range(first, first + SECONDS * FPS)):
                packet.stream = stream
                container.mux(packet)
    return path


def packets_of(picture: npt.NDArray[np.uint8], numbers: Sequence[int]) -> list["Packet[Any]"]:
    """Encode a still picture with an encoder of its own, as a camera does that was set anew."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.height, encoder.width = picture.shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, FPS)
    packets: list[Packet[Any]] = []
    for number in numbers:
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        packets += encoder.encode(frame.reformat(format="yuv420p"))
    return packets + encoder.encode(None)


def test_a_camera_that_changes_its_resolution_keeps_its_viewers(
    cli: Cli, store: Store, switching: Path
) -> None:
    done = cli("replay", switching, "--screening", "s", "--fps", "5")
    rows = store.rows("s")

    assert done.returncode == 0, done.stderr
    assert [(row.gap, row.frames, row.usable) for row in rows] == [("", 5, 1)] * 6
    assert {person.id for row in rows for person in row.people} == {1}
    sizes_px = [person.quality.size_px for row in rows for person in row.people if person.quality]
    small, large = sizes_px[0], sizes_px[2]
    assert large == pytest.approx(1.5 * small, rel=0.05)  # 1280 px are scaled to 960
    assert sizes_px == pytest.approx([small, small, large, large, small, small], rel=0.02)
