"""Frames that no worker can do anything with, among others, through a real broker and networks."""

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import replace as replace_in

import numpy as np
import numpy.typing as npt
import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from models.detections import Detections
from models.detectors import Detector
from models.engine import NonFiniteError
from models.registry import Card
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import FRAMES, open_topic
from moodtrace.codec import UnreadableMessageError, decode_captured, encode
from moodtrace.messages import FacesScored, FrameCaptured, FrameFailed
from tests.factories import pictured
from tests.workers.working import dead_letters, results, settled, work_until, working
from workers.analyzer import Analyzer

Image = npt.NDArray[np.uint8]
CANARY = b"canary"
SIDE_PX = 64
DEADLY, BLINDING = 250, 240
"""Gray levels of pictures that the networks break down on, and that they give no number for."""


def frame(seq: int, gray: int = 90) -> FrameCaptured:
    """A frame of one gray level, with bytes in it that are found again wherever they go."""
    picture = np.full((SIDE_PX, SIDE_PX, 3), gray, np.uint8)
    picture[0, :2] = np.frombuffer(CANARY, np.uint8).reshape(2, 3)
    return pictured(picture, seq)


WAYS = ("bytes", "version", "imageless", "huge", "pickle", "size", "deadly", "nan")
REASONS = dict(
    zip(
        WAYS,
        ("not_msgpack", "unknown_version", "wrong_fields", "not_msgpack", "not_a_message")
        + ("bad_picture", "poison", "model_nan"),
        strict=True,
    )
)


def poisoned(seq: int, way: str) -> bytes:
    """What lies on the topic in the place of a frame."""
    whole = encode(frame(seq))
    match way:
        case "bytes":
            return b"\xc1" + CANARY + bytes(1000)
        case "version":
            return whole.replace(b"captured/1", b"captured/2")
        case "imageless":
            return whole.replace(b"\xa5image", b"\xa5imago")
        case "huge":
            return (
                whole[: -(SIDE_PX**2) * 3 - 5] + b"\xc6\x06\x00\x00\x00" + CANARY
            )  # 100 MB follow
        case "pickle":
            return pickle.dumps([CANARY, whole])
        case "size":
            return encode(replace(frame(seq), width=SIDE_PX + 1))
        case "deadly":
            return encode(frame(seq, DEADLY))
        case _:
            return encode(frame(seq, BLINDING))


class Fragile:
    """A real detector that some pictures break."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.card: Card = detector.card

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        grays = {int(image[-1, -1, 0]) for image in images}
        if DEADLY in grays:
            raise RuntimeError("the engine breaks down")
        if BLINDING in grays:
            raise NonFiniteError("no number")
        return self._detector(images)


@pytest.mark.parametrize(
    ("frames", "every"), [(400, 25), pytest.param(5000, 50, marks=pytest.mark.slow)]
)
def test_poison_of_eight_kinds_is_put_aside_and_its_neighbours_are_scored(
    frames: int, every: int, cluster: Cluster, analyzer: Analyzer
) -> None:
    bad = {seq: WAYS[seq // every % len(WAYS)] for seq in range(every - 1, frames, every)}
    payloads = {seq: poisoned(seq, way) for seq, way in bad.items()}
    fragile = replace_in(analyzer, detector=Fragile(analyzer.detector))
    open_topic(cluster, FRAMES)
    with working(cluster, fragile, max_age_ms=10**9) as worker:
        raw = cluster.open(KafkaProducer, {})
        for seq in range(frames):
            raw.send(
                FRAMES.full_name(cluster.settings),
                payloads.get(seq) or encode(frame(seq)),
                key=b"one partition",
            )
        raw.close()
        readable = frames - sum(is_unreadable(payload) for payload in payloads.values())
        work_until(worker, lambda: settled(worker) == readable, 280)
    ledger = worker.health.watched.ledger()["front"]
    counted = worker.health.watched.dead_letters()

    found = results(cluster, readable)
    letters = dead_letters(cluster, len(bad))
    assert len(found) == readable  # each once
    assert ledger.analysed == frames - len(bad)
    assert ledger.settled + (frames - readable) == frames
    assert {r.message.seq for r in found if isinstance(r.message, FacesScored)} == {
        seq for seq in range(frames) if seq not in bad
    }
    assert {
        r.message.seq: r.message.reason for r in found if isinstance(r.message, FrameFailed)
    } == {seq: REASONS[way] for seq, way in bad.items() if way in ("size", "deadly", "nan")}
    assert {letter.offset: letter.reason for letter in letters} == {
        seq: REASONS[way] for seq, way in bad.items()
    }
    for letter in letters:
        payload = payloads[letter.offset]
        assert letter.sha256 == hashlib.sha256(payload).hexdigest()
        assert letter.size_bytes == len(payload)
        assert CANARY not in encode(letter)
    assert sum(counted.values()) == len(letters) == len(bad) == frames // every


def is_unreadable(payload: bytes) -> bool:
    try:
        decode_captured(payload)
    except UnreadableMessageError:
        return True
    return False
