"""The infer worker between real topics; where time matters, with networks of a known speed."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from moodtrace.bus import Mode
from moodtrace.bus_kafka import Cluster
from moodtrace.messages import Captured, FrameCaptured, Scored
from tests.factories import captured, failed
from tests.workers.working import results, send, settled, slowly, work_until, working

CAMERAS = ("left", "middle", "right")
FOR_EVER_MS = 10**9


def footage(frames: int) -> list[Captured]:
    return [
        failed(seq * 200, camera=camera) if seq == 7 else captured(seq, camera=camera)
        for seq in range(frames)
        for camera in CAMERAS
    ]


@pytest.mark.parametrize("mode", ["live", "batch"])
def test_every_frame_has_one_result_and_cameras_keep_their_order(
    mode: Mode, cluster: Cluster
) -> None:
    sent = footage(100)
    with working(cluster, slowly(0.01), in_flight=4, max_age_ms=FOR_EVER_MS) as worker:
        send(cluster, sent, mode)
        work_until(worker, lambda: settled(worker) == len(sent))
    found = [received.message for received in results(cluster, len(sent))]

    for camera in CAMERAS:
        assert [m.seq for m in found if m.camera_id == camera] == list(range(100))
    with working(cluster, slowly(0), max_age_ms=FOR_EVER_MS) as successor:
        send(cluster, [captured(100)], mode)
        work_until(successor, lambda: settled(successor) > 0)
        assert settled(successor) == 1  # all before it was committed


def test_recorded_frames_wait_for_room_and_none_is_dropped(cluster: Cluster) -> None:
    sent = [message for message in footage(120) if isinstance(message, FrameCaptured)]
    rooms: list[int] = []
    with working(cluster, slowly(0.05), max_age_ms=100) as worker:
        send(cluster, sent, "batch")

        def all_settled() -> bool:
            rooms.append(worker.inference.lanes.room)
            return settled(worker) == len(sent)

        work_until(worker, all_settled)
        ledger = worker.health.watched.ledger()

    assert min(rooms) == 0
    assert {camera: counts.analysed for camera, counts in ledger.items()} == dict.fromkeys(
        CAMERAS, 119
    )
    assert not any(counts.dropped for counts in ledger.values())


def test_a_worker_that_dies_is_followed_by_one_that_misses_nothing(cluster: Cluster) -> None:
    sent = [message for message in footage(60) if isinstance(message, FrameCaptured)]
    send(cluster, sent, "batch")
    with pytest.raises(KeyboardInterrupt), working(cluster, slowly(0.02)) as victim:
        work_until(victim, lambda: settled(victim) >= 50)
        raise KeyboardInterrupt  # it dies with more under way, and commits no more
    first = settled(victim)
    with working(cluster, slowly(0.02)) as successor:
        work_until(successor, lambda: first + settled(successor) >= len(sent))
        work_until(successor, lambda: successor.inference.is_idle)

    times: dict[str, list[int]] = defaultdict(list)
    for received in results(cluster, len(sent)):
        times[received.message.camera_id].append(received.message.seq)
    expected = [seq for seq in range(60) if seq != 7]
    for seqs in times.values():
        assert list(dict.fromkeys(seqs)) == expected


def test_told_to_end_it_finishes_what_is_under_way_and_leaves_the_rest(cluster: Cluster) -> None:
    sent = [message for message in footage(40) if isinstance(message, FrameCaptured)]
    send(cluster, sent, "batch")
    analysed: list[int] = []

    def analyse(frames: Sequence[FrameCaptured]) -> list[Scored]:
        analysed.extend(frame.seq for frame in frames)
        return slowly(0.3)(frames)

    with working(cluster, analyse) as worker:
        work_until(worker, lambda: bool(analysed))
    done = settled(worker)
    assert done == len(analysed) < len(sent)

    with working(cluster, slowly(0)) as successor:
        work_until(successor, lambda: settled(successor) == len(sent) - done)
    found = Counter((r.message.camera_id, r.message.seq) for r in results(cluster, len(sent)))
    assert found == Counter({(frame.camera_id, frame.seq): 1 for frame in sent})


def test_health_tells_what_waits_and_what_is_under_way(cluster: Cluster) -> None:
    sent = [message for message in footage(60) if isinstance(message, FrameCaptured)]
    send(cluster, sent, "batch")
    with working(cluster, slowly(0.1)) as worker:
        watched = worker.health.watched
        work_until(worker, lambda: watched.queues()["batch"] > 0 and watched.batches() == 1)
        assert watched.unready() == ""
        assert set(watched.queues()) == {"live", "batch", "kafka"}
        work_until(worker, lambda: settled(worker) == len(sent))
