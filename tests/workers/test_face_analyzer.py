import asyncio
import time
from collections.abc import Sequence
from threading import Event, Thread

import msgspec
import pytest

from moodtrace.clock import wall_ms
from moodtrace.messages import FacesScored, FrameCaptured, FrameFailed, Scored
from tests.factories import captured, scored
from workers import face_analyzer
from workers.analyzer import Timed
from workers.face_analyzer import FaceAnalyzer
from workers.identity import Identity
from workers.scaling import LATENESS, Waiting

IDENTITY = Identity("yunet", "mini-xception", None, "0" * 64, (410,) * 7)


class Networks:
    """Hangs while it is told to, and fails if it is told to."""

    def __init__(self) -> None:
        self.goes_on = Event()
        self.goes_on.set()
        self.checks = 0
        self.error: Exception | None = None

    def open(self, timed: Timed) -> "Networks":
        self.timed = timed
        return self

    def __call__(self, frames: Sequence[FrameCaptured]) -> list[Scored]:
        with self.timed("detect"):
            self.goes_on.wait()
        return [scored(frame.pts_ms, seq=frame.seq) for frame in frames]

    def check(self) -> None:
        self.checks += 1
        self.goes_on.wait()
        if self.error:
            raise self.error


def test_bytes_come_in_and_bytes_go_out_with_the_time_of_each_stage() -> None:
    replica = FaceAnalyzer(Networks().open, IDENTITY)

    reply = replica([msgspec.msgpack.encode(captured(seq)) for seq in range(3)])

    results = [msgspec.msgpack.decode(m, type=FacesScored | FrameFailed) for m in reply.scored]
    assert [message.seq for message in results] == [0, 1, 2]
    assert reply.seconds.keys() == {"detect"}
    assert replica.identity() == IDENTITY


def test_every_network_is_used_before_the_first_batch_and_by_each_check_of_an_idle_replica() -> (
    None
):
    networks = Networks()
    replica = FaceAnalyzer(networks.open, IDENTITY)
    assert networks.checks == 1

    asyncio.run(replica.check_health())
    assert networks.checks == 2

    networks.error = RuntimeError("device lost")
    with pytest.raises(RuntimeError, match="device lost"):
        asyncio.run(replica.check_health())


def test_a_batch_that_does_not_end_makes_the_replica_unhealthy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(face_analyzer, "HUNG_AFTER_S", 0.2)
    networks = Networks()
    replica = FaceAnalyzer(networks.open, IDENTITY)
    networks.goes_on.clear()
    batch = Thread(target=replica, args=([msgspec.msgpack.encode(captured(0))],))
    batch.start()
    while replica._began_s is None:
        time.sleep(0.001)

    asyncio.run(replica.check_health())  # it has only just begun
    time.sleep(0.3)
    with pytest.raises(TimeoutError, match="in the networks"):
        asyncio.run(replica.check_health())
    networks.goes_on.set()
    batch.join(5)
    asyncio.run(replica.check_health())


def test_serve_is_told_of_the_latest_batch_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    replica = FaceAnalyzer(Networks().open, IDENTITY)
    for late_ms in (3_000, 500):
        replica([], Waiting(since_ms=wall_ms() - late_ms, target_ms=1_000, is_live=True))
    replica([])

    told = asyncio.run(replica.record_autoscaling_stats())
    assert told == {LATENESS: pytest.approx(3, abs=0.5)}

    monkeypatch.setattr(face_analyzer, "OF_LATE_S", 0.0)
    assert asyncio.run(replica.record_autoscaling_stats()) == {LATENESS: 0}
