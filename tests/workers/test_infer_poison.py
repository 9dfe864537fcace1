"""Frames that no worker can do anything with, among others, through a real broker and networks."""

import hashlib
import pickle
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from models.detections import Detections
from models.detectors import Detector
from models.detectors.tiled import open_tiled
from models.emotion import EmotionNetwork
from models.engine import NonFiniteError
from models.registry import MOODTRACE_EMOTION, YUNET, Card
from models.tiling import Tiling
from models.weights import find, is_present
from moodtrace.bus_kafka import Cluster
from moodtrace.bus_topics import FRAMES, headers_of, open_topic
from moodtrace.codec import encode
from moodtrace.messages import FrameCaptured, FrameFailed
from tests.factories import limits, pictured
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


REASONS = {
    "bytes": "not_msgpack",
    "version": "unknown_version",
    "imageless": "wrong_fields",
    "huge": "not_msgpack",
    "pickle": "not_a_message",
    "size": "bad_picture",
    "deadly": "poison",
    "nan": "model_nan",
}
"""Why each of eight ways to spoil a frame is put aside."""
READABLE = ("size", "deadly", "nan")
"""Those that only the networks find out."""


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


@pytest.fixture(scope="module")
def analyzer(weights: tuple[Path, ...]) -> Analyzer:
    """The default networks for pictures this small, of which one can be broken."""
    if not is_present(YUNET, weights):
        pytest.skip("the weights of yunet are not here")
    tiling = Tiling(SIDE_PX, SIDE_PX, 1, 1)
    return Analyzer(
        detector=Fragile(open_tiled(YUNET, find(YUNET, weights), tiling)),
        emotion=EmotionNetwork(MOODTRACE_EMOTION, find(MOODTRACE_EMOTION, weights)),
        limits=limits(),
    )


@pytest.mark.parametrize(
    ("frames", "every"), [(400, 25), pytest.param(5000, 50, marks=pytest.mark.slow)]
)
def test_poison_of_eight_kinds_is_put_aside_and_its_neighbours_are_scored(
    frames: int, every: int, exact_cluster: Cluster, analyzer: Analyzer
) -> None:
    bad = dict(zip(range(every - 1, frames, every), cycle(REASONS), strict=False))
    payloads = {seq: poisoned(seq, way) for seq, way in bad.items()}
    readable = {seq for seq in range(frames) if bad.get(seq, READABLE[0]) in READABLE}
    open_topic(exact_cluster, FRAMES)
    with working(exact_cluster, analyzer) as worker:
        raw = exact_cluster.open(KafkaProducer, {})
        for seq in range(frames):
            raw.send(
                FRAMES.full_name(exact_cluster.settings),
                payloads.get(seq) or encode(frame(seq)),
                key=b"one partition",
                headers=headers_of("batch"),
            )
        raw.close()
        work_until(worker, lambda: settled(worker) == len(readable), 280)
    ledger = worker.health.watched.ledger()["front"]
    counted = worker.health.watched.dead_letters()

    found = [received.message for received in results(exact_cluster, len(readable))]
    assert [message.seq for message in found] == sorted(readable)  # each once
    assert {m.seq: m.reason for m in found if isinstance(m, FrameFailed)} == {
        seq: REASONS[way] for seq, way in bad.items() if way in READABLE
    }
    assert ledger.analysed == frames - len(bad)
    assert ledger.analysed + sum(ledger.failed.values()) == len(readable)
    letters = dead_letters(exact_cluster, len(bad))
    assert {letter.offset: letter.reason for letter in letters} == {
        seq: REASONS[way] for seq, way in bad.items()
    }
    for letter in letters:
        payload = payloads[letter.offset]
        assert letter.sha256 == hashlib.sha256(payload).hexdigest()
        assert letter.size_bytes == len(payload)
        assert CANARY not in encode(letter)
    assert sum(counted.values()) == len(letters) == len(bad) == frames // every
