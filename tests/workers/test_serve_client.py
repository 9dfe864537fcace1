from collections.abc import Callable, Sequence
from threading import Barrier

import msgspec
import pytest

from moodtrace.messages import FrameCaptured
from tests.factories import captured, scored
from workers.face_analyzer import Reply
from workers.scaling import Waiting
from workers.serve_client import BatchLostError, ServeClient


class Replicas:
    """Answers batches, and loses those that it is told to."""

    def __init__(self, loses: Callable[[list[int], int], bool]) -> None:
        self.loses = loses
        self.asked: list[list[int]] = []
        self.told: list[Waiting | None] = []

    def __call__(self, frames: Sequence[bytes], waiting: Waiting | None) -> Reply:
        self.told.append(waiting)
        read = [msgspec.msgpack.decode(frame, type=FrameCaptured) for frame in frames]
        seqs = [frame.seq for frame in read]
        self.asked.append(seqs)
        if self.loses(seqs, len(self.asked)):
            raise BatchLostError("ActorDiedError")
        replies = [msgspec.msgpack.encode(scored(m.pts_ms, seq=m.seq)) for m in read]
        return Reply(replies, {"detect": 0.5})


FRAMES = [captured(seq) for seq in range(4)]
SEQS = list(range(4))


def test_what_a_replica_loses_is_not_asked_for_again() -> None:
    replicas = Replicas(lambda seqs, time: True)

    with ServeClient(replicas) as client, pytest.raises(BatchLostError, match="ActorDiedError"):
        client(FRAMES)

    assert replicas.asked == [SEQS]


def test_replicas_are_told_how_long_frames_have_waited() -> None:
    replicas, waiting = (
        Replicas(lambda seqs, time: False),
        Waiting(since_ms=1, target_ms=2, is_live=True),
    )

    with ServeClient(replicas) as client:
        client.submit(FRAMES, waiting).result(5)

    assert replicas.told == [waiting]


def test_batches_are_under_way_at_once_and_answers_come_to_who_asked() -> None:
    together = Barrier(3, timeout=5)
    replicas = Replicas(lambda seqs, time: together.wait() < 0)

    with ServeClient(replicas, in_flight=3) as client:
        futures = [client.submit([captured(seq)]) for seq in range(3)]
        results = [future.result(5) for future in futures]

    assert [[message.seq for message in batch] for batch in results] == [[0], [1], [2]]


def test_the_time_of_each_stage_is_told() -> None:
    told: list[tuple[str, float]] = []

    with ServeClient(
        Replicas(lambda seqs, time: False), observe=lambda *pair: told.append(pair)
    ) as client:
        client(FRAMES)
        assert client([]) == []

    assert told == [("detect", 0.5)]
