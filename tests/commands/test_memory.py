"""Memory does not grow with the length of the footage."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import av
import numpy as np
import pytest

from tests.ingest.made_video import make_video
from tests.servers.clips import pictures

FPS = 5
"""Of the footage: ten minutes at 30 would take minutes to decode."""

REPLAY = """
import resource, sys
from moodtrace.commands.app import main
try:
    main()
finally:
    peaks = (resource.getrusage(who).ru_maxrss
             for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(*peaks, file=sys.stderr)
"""
"""Replays, then prints the peak memory of this process and of its largest child, in KiB."""


def repeated(source: Path, times: int, target: Path) -> Path:
    """Remux a file several times end to end; nothing is encoded again."""
    with av.open(str(target), "w") as written:
        stream = None
        offset = 0
        for _ in range(times):
            with av.open(str(source)) as read:
                video = read.streams.video[0]
                stream = stream or written.add_stream_from_template(video)
                end = 0
                for packet in read.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    end = max(end, packet.pts + (packet.duration or 0))
                    packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                    packet.stream = stream
                    written.mux(packet)
                offset += end
    return target


def peaks_kib(environment: Mapping[str, str], path: Path) -> tuple[int, int]:
    words = ["replay", str(path), "--screening", path.stem, "--fps", "1"]
    done = subprocess.run(
        [sys.executable, "-c", REPLAY, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    ours, child = done.stderr.split()[-2:]
    return int(ours), int(child)


@pytest.mark.timeout(500)
def test_ten_minutes_need_no_more_memory_than_one(
    cli_environment: Mapping[str, str], footage: Callable[[str], Path], tmp_path: Path
) -> None:
    audience = pictures(footage("audience_cut_a.mp4"), FPS, 60)
    minute = make_video(
        tmp_path / "one.mp4",
        [np.asarray(shown.to_ndarray(format="rgb24"), np.uint8) for shown in audience],
        fps=FPS,
    )
    ten = repeated(minute, 10, tmp_path / "ten.mp4")

    short, long = peaks_kib(cli_environment, minute), peaks_kib(cli_environment, ten)

    assert long[0] <= 1.1 * short[0], "the replay itself"
    assert long[1] <= 1.1 * short[1], "its decode process"
