"""What comes over RTSP, paced and as JPEG, says the same as the recording it is."""

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path

import pytest
from msgspec.structs import replace

from ingest.decode import read_file
from ingest.events import DecodeJob
from ingest.live_events import LiveFrame, LiveJob
from ingest.live_process import LiveProcess
from ingest.stamping import Stamper, position
from models.age import AgeNetwork
from models.detectors import open_detector
from models.emotion import EmotionNetwork
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, YUNET
from models.weights import find
from moodtrace.cameras import Camera
from moodtrace.labels import EMOTIONS, Emotion
from moodtrace.ledger import CameraLedger
from moodtrace.messages import Captured, FrameCaptured
from moodtrace.metrics import share
from moodtrace.playhead import PlayEvent, stretches
from moodtrace.showing import Showing
from moodtrace.timeline import Row
from tests.factories import limits
from tests.servers.clips import Clip, clip_of
from tests.servers.rtsp import Mount, RtspServer
from tests.workers.test_aggregate import ListWriter
from workers.aggregate import aggregate
from workers.analyzer import Analyzer
from workers.infer import infer

SECONDS = 12
FPS = 5


@pytest.fixture(scope="module")
def analyzer(weights: tuple[Path, ...]) -> Analyzer:
    return Analyzer(
        detector=open_detector(YUNET, find(YUNET, weights)),
        emotion=EmotionNetwork(MOODTRACE_EMOTION, find(MOODTRACE_EMOTION, weights)),
        limits=limits(),
        age=AgeNetwork(MOODTRACE_AGE, find(MOODTRACE_AGE, weights)),
    )


def rows(captured: Iterable[Captured], analyzer: Analyzer) -> Sequence[Row]:
    writer = ListWriter()
    ledger = {"front": CameraLedger()}
    least = (round(MOODTRACE_EMOTION.min_confidence * 1000),) * 7
    list(aggregate(infer(captured, analyzer), writer, ledger, least))
    return writer.rows


def recorded(path: Path, fps: float, seconds: int = SECONDS) -> Iterable[FrameCaptured]:
    job = DecodeJob(
        path=os.fsencode(path), screening_id="s1", camera_id="front", source_epoch=1, fps=fps
    )
    frames = (event for event in read_file(job) if isinstance(event, FrameCaptured))
    return takewhile(lambda frame: frame.pts_ms < seconds * 1000, frames)


def sampled_alike(path: Path, frames: Sequence[LiveFrame]) -> list[FrameCaptured]:
    """Read from the recording the pictures that live frames are, to the byte.

    Which of the camera's pictures are taken depends on when watching began, and to take each 33 ms
    later moves shares of a second by 0.015 to 0.026 on average: so both take the same. Of pictures
    in the order of decoding, some of the first 12 s are shown a moment later.
    """
    every = {hash(frame.image): frame for frame in recorded(path, 60, SECONDS + 1)}
    return [replace(every[hash(frame.image)], seq=seq) for seq, frame in enumerate(frames)]


def over_rtsp(url: str) -> list[LiveFrame]:
    """Watch to the end."""
    job = LiveJob(camera_id="front", source=url, fps=FPS, encoding="raw")
    with LiveProcess(job) as process:
        return [event for event in process if isinstance(event, LiveFrame)]


def placed(frames: Sequence[LiveFrame], begin_ms: float) -> list[Captured]:
    """Place what came as ingest does, in a content that began at some moment."""
    camera = Camera(name="front", source="rtsp://camera/1", audience="panel", fps=FPS)
    begin = PlayEvent(kind="play", at_ms=round(begin_ms))
    showings = {"panel": [Showing("s1", tuple(stretches([begin])))]}
    stamper = Stamper(lambda opening: 1)
    found = [(frame, position(camera, frame.capture_ms, showings)) for frame in frames]
    stamped = (stamper.stamp(camera, 1, frame, at) for frame, at in found if at)
    return [message for message in stamped if message is not None]


def test_a_clip_over_rtsp_says_what_its_replay_says(
    analyzer: Analyzer, footage: Callable[[str], Path], rtsp_server: type[RtspServer]
) -> None:
    path = footage("audience_cut_a.mp4")
    whole = clip_of(path)
    clip = Clip(whole.codec, whole.units[: SECONDS * 30])
    with rtsp_server({"front": Mount(clip, looped=False, shared=False)}) as server:
        frames = over_rtsp(server.url("front"))

    alike = sampled_alike(path, frames)
    begins = [live.capture_ms - same.pts_ms for live, same in zip(frames, alike, strict=True)]
    assert len(frames) >= SECONDS * FPS - 2

    live = rows(placed(frames, statistics.median(begins)), analyzer)
    replayed = rows(alike, analyzer)
    pairs = [(a, b) for a, b in zip(live, replayed, strict=False) if a.usable and b.usable]
    assert len(pairs) >= SECONDS - 1
    # Of ten viewers one is 0.1, and a picture at the edge of a second may fall into its neighbour:
    # so averages are compared.
    apart = {emotion: [difference(*pair, emotion) for pair in pairs] for emotion in EMOTIONS}
    assert all(abs(statistics.mean(found)) <= 0.02 for found in apart.values()), apart
    assert statistics.mean(abs(d) for found in apart.values() for d in found) <= 0.02, apart


def difference(first: Row, second: Row, emotion: Emotion) -> float:
    return (share(first, emotion) or 0.0) - (share(second, emotion) or 0.0)
