"""The infer worker between real topics; where time matters, with networks of a known speed."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from moodtrace.bus import Mode
from moodtrace.bus_consumer import Consumer
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import FACES
from moodtrace.messages import Captured, FrameCaptured, Scored
from tests.factories import captured, failed
from tests.workers.working import results, send, settled, slowly, work_until, working

FRAMES = 60
MODES: tuple[Mode, ...] = ("live", "batch")
FOR_EVER_MS = 10**9


def footage(kind: str) -> list[Captured]:
    """What three cameras sent; one frame of each could not be read."""
    cameras = [f"{kind}-{side}" for side in ("left", "middle", "right")]
    return [
        failed(seq * 200, camera=camera) if seq == 7 else captured(seq, camera=camera)
        for seq in range(FRAMES)
        for camera in cameras
    ]


def frames_of(messages: list[Captured]) -> list[FrameCaptured]:
    return [message for message in messages if isinstance(message, FrameCaptured)]


def test_every_frame_has_one_result_and_cameras_keep_their_order(exact_cluster: Cluster) -> None:
    live, recorded = footage("live"), footage("recorded")
    with working(exact_cluster, slowly(0.01), in_flight=4, max_age_ms=FOR_EVER_MS) as worker:
        send(exact_cluster, live, "live")
        send(exact_cluster, recorded, "batch")
        work_until(worker, lambda: settled(worker) == len(live + recorded))
    found = [received.message for received in results(exact_cluster, len(live + recorded))]
    for camera in {message.camera_id for message in live + recorded}:
        assert [m.seq for m in found if m.camera_id == camera] == list(range(FRAMES))

    with working(exact_cluster, slowly(0), max_age_ms=FOR_EVER_MS) as successor:
        for mode in MODES:
            send(exact_cluster, [captured(FRAMES, camera=mode)], mode)
        work_until(successor, lambda: settled(successor) >= 2)
    assert settled(successor) == 2  # all before was committed, of both


def test_recorded_frames_wait_for_room_and_none_is_dropped(exact_cluster: Cluster) -> None:
    sent = frames_of(footage("recorded"))
    rooms: list[int] = []
    with working(exact_cluster, slowly(0.05), max_age_ms=100) as worker:
        watched = worker.health.watched
        send(exact_cluster, sent, "batch")
        work_until(worker, lambda: watched.queues()["batch"] > 0 and watched.batches() == 1)

        def all_settled() -> bool:
            rooms.append(worker.inference.lanes.room)
            return settled(worker) == len(sent)

        work_until(worker, all_settled)
    ledger = watched.ledger()

    assert min(rooms) == 0
    assert {counts.analysed for counts in ledger.values()} == {FRAMES - 1}
    assert not any(counts.dropped for counts in ledger.values())
    assert (watched.unready(), watched.batches()) == ("", 0)


def test_a_worker_that_dies_is_followed_by_one_that_misses_nothing(exact_cluster: Cluster) -> None:
    sent = frames_of(footage("recorded"))
    send(exact_cluster, sent, "batch")
    with pytest.raises(KeyboardInterrupt), working(exact_cluster, slowly(0.02)) as victim:
        work_until(victim, lambda: settled(victim) >= 50)
        raise KeyboardInterrupt  # it dies with more under way, and commits no more
    seen: dict[str, dict[int, None]] = defaultdict(dict)  # sets that keep their order
    with (
        Consumer(exact_cluster, FACES, "audit") as audit,
        working(exact_cluster, slowly(0.02)) as successor,
    ):

        def all_seen() -> bool:
            for message in audit.poll(500, 0.01).messages:
                seen[message.camera_id][message.seq] = None
            return sum(map(len, seen.values())) == len(sent)

        work_until(successor, all_seen)

    expected = [seq for seq in range(FRAMES) if seq != 7]
    assert [list(seqs) for seqs in seen.values()] == [expected] * 3


def test_told_to_end_it_finishes_what_is_under_way_alone(
    exact_cluster: Cluster,
) -> None:
    sent = frames_of(footage("recorded"))
    send(exact_cluster, sent, "batch")
    analysed: list[int] = []

    def analyse(frames: Sequence[FrameCaptured]) -> list[Scored]:
        analysed.extend(frame.seq for frame in frames)
        return slowly(0.3)(frames)

    with working(exact_cluster, analyse) as worker:
        work_until(worker, lambda: bool(analysed))
    done = settled(worker)
    assert done == len(analysed) < len(sent)

    with working(exact_cluster, slowly(0)) as successor:
        work_until(successor, lambda: settled(successor) == len(sent) - done)
    found = Counter((r.message.camera_id, r.message.seq) for r in results(exact_cluster, len(sent)))
    assert found == Counter({(frame.camera_id, frame.seq): 1 for frame in sent})
