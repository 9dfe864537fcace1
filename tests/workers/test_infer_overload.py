"""Four times more live frames than can be analysed, on a real broker, in real time."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from pytest import approx

from moodtrace.bus_kafka import Cluster
from moodtrace.bus_producer import Producer
from moodtrace.bus_topics import FRAMES
from moodtrace.clock import wall_ms
from moodtrace.messages import Captured, FacesScored, FrameDropped, Scored
from tests.factories import captured
from tests.threads import beside
from tests.workers.working import results, send, settled, slowly, work_until, working

BATCH_S = 0.4
CAPACITY_FPS = 16 / BATCH_S
"""Of networks that take so long for 16 frames."""
CAMERAS = [f"camera-{number}" for number in range(8)]
SLACK_MS = 200
"""Of a machine that others use too: threads wake late."""


class Feed:
    """Cameras that send at given rates until told to stop."""

    def __init__(self, cluster: Cluster, fps: Mapping[str, float]) -> None:
        self.captured_ms: dict[tuple[str, int], int] = {}
        self._cluster = cluster
        self._fps = fps

    def run(self, stop: Event) -> None:
        with Producer[Captured](self._cluster, FRAMES, when_full="drop_oldest") as producer:
            began_s = time.monotonic()
            sent = dict.fromkeys(self._fps, 0)
            while not stop.wait(0.01):
                for camera, fps in self._fps.items():
                    while sent[camera] < (time.monotonic() - began_s) * fps:
                        now_ms = wall_ms()
                        self.captured_ms[camera, sent[camera]] = now_ms
                        producer.send(captured(sent[camera], bytes(2000), camera=camera), now_ms)
                        sent[camera] += 1
            assert producer.flush(10)


@contextmanager
def fed(cluster: Cluster, fps: Mapping[str, float]) -> Iterator[Feed]:
    """Cameras that send while the block runs."""
    feed = Feed(cluster, fps)
    with beside(feed.run):
        yield feed


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def jain(shares: list[int]) -> float:
    """Jain's index of fairness: 1 if all get the same, 1/n if one gets all."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


@pytest.mark.parametrize("seconds", [8, pytest.param(120, marks=pytest.mark.slow)])
def test_at_four_times_what_can_be_analysed_frames_are_fresh_and_cameras_equal(
    seconds: float, exact_cluster: Cluster
) -> None:
    fps = dict.fromkeys(CAMERAS, 4 * CAPACITY_FPS / len(CAMERAS))
    fps[CAMERAS[0]] *= 3  # sends too much, and harms itself alone
    with working(exact_cluster, slowly(BATCH_S)) as worker:
        send(exact_cluster, [captured(0, camera="warm-up")], "live")
        work_until(worker, lambda: settled(worker) == 1)
        memory_mb = []
        with fed(exact_cluster, fps) as feed:
            until_s = time.monotonic() + seconds

            def is_over() -> bool:
                memory_mb.append(resident_mb())
                return time.monotonic() > until_s

            work_until(worker, is_over, seconds + 10)
        sent = Counter(camera for camera, _ in feed.captured_ms)
        work_until(worker, lambda: settled(worker) == sum(sent.values()) + 1)
    ledger = worker.health.watched.ledger()

    for camera in CAMERAS:
        counts = ledger[camera]
        assert counts.analysed + sum(counts.dropped.values()) == sent[camera]
        assert set(counts.dropped) <= {"stale", "overload"}
    found = results(exact_cluster, sum(sent.values()) + 1)
    assert Counter(type(r.message) for r in found)[FrameDropped] > sum(sent.values()) / 2
    age_ms = [
        received.at_ms - feed.captured_ms[identity]
        for received in found
        if isinstance(received.message, FacesScored)
        and (identity := (received.message.camera_id, received.message.seq)) in feed.captured_ms
    ]
    shares = [ledger[camera].analysed for camera in CAMERAS]
    p99_ms, growth = np.quantile(age_ms, 0.99), _growth(memory_mb)
    print(f"age p99 {p99_ms:.0f} ms, Jain {jain(shares):.4f}, memory {growth:+.1%}, {shares}")
    assert p99_ms <= 2000 + SLACK_MS
    assert jain(shares) >= 0.95
    assert sum(shares) == approx(CAPACITY_FPS * seconds, rel=0.35)
    if seconds > 60:
        assert growth <= 0.05


def _growth(memory_mb: list[float]) -> float:
    """From the second quarter of a run to the last: what begins with it has settled by then."""
    quarter = len(memory_mb) // 4
    return max(memory_mb[-quarter:]) / max(memory_mb[quarter : 2 * quarter]) - 1


def test_recorded_frames_do_not_hold_live_ones_up_and_all_of_them_are_analysed(
    exact_cluster: Cluster,
) -> None:
    recorded = [captured(seq, camera="recorded") for seq in range(400)]
    with working(exact_cluster, slowly(BATCH_S / 4)) as worker:
        send(exact_cluster, recorded, "batch")
        work_until(worker, lambda: worker.inference.lanes.room == 0)
        with fed(exact_cluster, {"live": 4}) as feed:
            until_s = time.monotonic() + 3
            work_until(worker, lambda: time.monotonic() > until_s)
        live = len(feed.captured_ms)
        assert 0 < worker.health.watched.ledger()["recorded"].analysed < len(recorded)
        work_until(worker, lambda: settled(worker) == len(recorded) + live)
    ledger = worker.health.watched.ledger()

    assert (ledger["recorded"].analysed, ledger["live"].analysed) == (400, live)
    found = [received for received in results(exact_cluster, 400 + live) if is_of(received.message)]
    late_ms = [r.at_ms - feed.captured_ms["live", r.message.seq] for r in found]
    # One recorded batch is in the networks, then comes its own.
    print(f"live beside recorded: median {np.median(late_ms):.0f} ms, most {max(late_ms)} ms")
    assert np.quantile(late_ms, 0.9) <= 2 * BATCH_S / 4 * 1000 + SLACK_MS


def is_of(message: Scored) -> bool:
    return message.camera_id == "live"
