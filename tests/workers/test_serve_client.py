from collections.abc import Callable, Sequence
from threading import Barrier

import msgspec

from moodtrace.messages import FrameCaptured, FrameFailed
from tests.factories import captured, scored
from workers.face_analyzer import Reply
from workers.serve_client import BatchLostError, ServeClient


class Replicas:
    """Answers batches, and loses those that it is told to."""

    def __init__(self, loses: Callable[[list[int], int], bool]) -> None:
        self.loses = loses
        self.asked: list[list[int]] = []

    def __call__(self, frames: Sequence[bytes]) -> Reply:
        read = [msgspec.msgpack.decode(frame, type=FrameCaptured) for frame in frames]
        seqs = [frame.seq for frame in read]
        self.asked.append(seqs)
        if self.loses(seqs, len(self.asked)):
            raise BatchLostError("ActorDiedError")
        replies = [msgspec.msgpack.encode(scored(m.pts_ms, seq=m.seq)) for m in read]
        return Reply(replies, {"detect": 0.5})


FRAMES = [captured(seq) for seq in range(4)]
SEQS = list(range(4))


def test_a_batch_lost_once_is_sent_again_whole() -> None:
    replicas = Replicas(lambda seqs, time: time == 1)

    with ServeClient(replicas) as client:
        results = client(FRAMES)

    assert [message.seq for message in results] == SEQS
    assert not any(isinstance(message, FrameFailed) for message in results)
    assert replicas.asked == [SEQS, SEQS]


def test_poison_is_given_up_and_its_batch_mates_are_scored() -> None:
    replicas = Replicas(lambda seqs, time: 2 in seqs)

    with ServeClient(replicas) as client:
        results = client(FRAMES)

    assert [message.seq for message in results] == SEQS
    failures = [message for message in results if isinstance(message, FrameFailed)]
    assert [(message.seq, message.reason) for message in failures] == [(2, "poison")]
    assert replicas.asked == [SEQS, SEQS, [0], [1], [2], [3]]


def test_frames_whose_replicas_are_lost_twice_by_chance_are_all_scored() -> None:
    replicas = Replicas(lambda seqs, time: time <= 2)

    with ServeClient(replicas) as client:
        results = client(FRAMES)

    assert not any(isinstance(message, FrameFailed) for message in results)


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
