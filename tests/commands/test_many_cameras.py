"""Eight cameras on two cores: every frame is accounted for, and none is lost without a reason."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.live_events import LiveJob
from models.detections import Detections
from models.detectors.detector import Image
from models.emotion import EmotionNetwork
from models.registry import MOODTRACE_EMOTION, YUNET
from models.weights import find
from moodtrace.cameras import Camera
from moodtrace.clock import wall_ms
from moodtrace.commands.live_record import live_record
from moodtrace.commands.up_run import Live, LiveChain
from moodtrace.health import Health
from moodtrace.playhead import PlayEvent
from moodtrace.store import Store
from tests.factories import limits
from tests.servers.clips import Clip
from tests.servers.rtsp import Mount, RtspServer
from tests.waiting import wait_until
from workers.analyzer import Analyzer
from workers.identity import Identity

CAMERAS = 8
FPS = 5


class FiveFaces:
    """Stands in for a detector that would take more than two cores: five boxes in any picture."""

    card = YUNET

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        left = np.arange(5, dtype=np.float32)[:, None] * 60
        boxes = np.concatenate([left, left * 0 + 20, left + 48, left * 0 + 68], axis=1)
        eyes = np.array([[14, 40], [34, 40], [24, 50], [16, 58], [32, 58]], np.float32)
        landmarks = eyes[None] + np.stack([left, left * 0], axis=2)
        return [Detections(boxes, np.full(5, 0.9, np.float32), landmarks) for _ in images]


@pytest.mark.parametrize(
    "seconds", [pytest.param(12, id="short"), pytest.param(300, id="long", marks=pytest.mark.slow)]
)
@pytest.mark.timeout(420)
def test_eight_cameras_lose_nothing(
    store: Store,
    weights: tuple[Path, ...],
    clip: Clip,
    rtsp_server: type[RtspServer],
    seconds: int,
) -> None:
    analyzer = Analyzer(
        detector=FiveFaces(),
        emotion=EmotionNetwork(MOODTRACE_EMOTION, find(MOODTRACE_EMOTION, weights)),
        limits=limits(),
    )
    identity = Identity(YUNET.id, MOODTRACE_EMOTION.id, None, "", thresholds=(430,) * 7)
    names = [f"camera-{number}" for number in range(CAMERAS)]
    with rtsp_server({name: Mount(clip) for name in names}) as server:
        cameras = [Camera(name=n, source=server.url(n), audience="panel", fps=FPS) for n in names]
        store.cameras.put(cameras)
        chain = LiveChain(Live(store, job_of, analyzer, identity))
        with chain.running(Health(chain.watched)):
            wait_until(lambda: is_live(store, names), 60)
            record = live_record(
                cameras, "spring", "panel", "s1", k=1, media="", markers=None, notice=""
            )
            begin_ms = wall_ms()
            store.live.start(record, [PlayEvent(kind="play", at_ms=begin_ms)])
            time.sleep(seconds - 1)  # a stop that is known too late can't unwrite a second
            store.live.act("s1", PlayEvent(kind="stop", at_ms=begin_ms + 1000 * seconds))
            wait_until(lambda: store.screening("s1").state == "finished", 40)

    ledger = store.ledger("s1")
    for name in names:
        counts = ledger[name]
        assert counts.in_flight == 0
        assert not counts.dropped and not counts.failed, (name, counts)
        assert abs(counts.captured - FPS * seconds) <= 2, (name, counts)
    rows = store.rows("s1")
    assert len(rows) == seconds
    assert all(row.cameras == CAMERAS for row in rows)


def is_live(store: Store, names: Sequence[str]) -> bool:
    return {status.state for status in store.cameras.statuses(names).values()} == {"live"}


def job_of(camera: Camera) -> LiveJob:
    return LiveJob(camera_id=camera.name, source=camera.source, fps=camera.fps, encoding="raw")
