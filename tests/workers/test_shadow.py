import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import cv2
import msgspec
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from models.emotion import EmotionNetwork
from models.registry import MINI_XCEPTION, MOODTRACE_EMOTION, Card
from models.weights import find
from moodtrace.messages import FrameCaptured, Scored
from tests.factories import captured, failed, pictured
from tests.waiting import wait_until
from workers.analyzer import Analyzer
from workers.shadow import Mirror, Shadow, cohens_kappa


def packed(messages: Sequence[FrameCaptured] | Sequence[Scored]) -> list[bytes]:
    return [msgspec.msgpack.encode(message) for message in messages]


@pytest.fixture(scope="module")
def frames(footage: Callable[[str], Path]) -> list[FrameCaptured]:
    video = cv2.VideoCapture(str(footage("audience_cut_a.mp4")))
    found = [pictured(np.asarray(video.read()[1], np.uint8), seq) for seq in range(4)]
    video.release()
    return found


@pytest.fixture(scope="module")
def results(analyzer: Analyzer, frames: list[FrameCaptured]) -> list[Scored]:
    return analyzer(frames)


@pytest.fixture
def shadow_of(weights: tuple[Path, ...]) -> Callable[[Card], Shadow]:
    return lambda card: Shadow(lambda: EmotionNetwork(card, find(card, weights)))


def test_a_network_agrees_with_itself_and_less_with_another(
    frames: list[FrameCaptured], results: list[Scored], shadow_of: Callable[[Card], Shadow]
) -> None:
    itself, another = shadow_of(MINI_XCEPTION), shadow_of(MOODTRACE_EMOTION)
    for shadow in (itself, another):
        shadow(packed(frames), packed(results), 0)

    assert itself.agreement().faces == another.agreement().faces > 30
    assert itself.agreement().agreed == itself.agreement().faces
    assert itself.agreement().kappa == 1
    assert 0 < another.agreement().agreed < another.agreement().faces
    assert another.agreement().kappa < 0.9


def test_frames_that_failed_have_no_faces_and_missed_ones_are_counted(
    shadow_of: Callable[[Card], Shadow],
) -> None:
    shadow = shadow_of(MINI_XCEPTION)
    shadow(packed([captured(0, b"no picture")]), packed([failed(0)]), 5)

    assert shadow.agreement() == (0, 0, 0.0, 5)


@pytest.mark.parametrize(
    ("ours", "theirs"), [([0, 1, 2, 2, 1], [0, 1, 2, 1, 1]), ([0, 1, 0, 1], [1, 0, 1, 0])]
)
def test_kappa_is_cohens(ours: list[int], theirs: list[int]) -> None:
    counts = np.zeros((3, 3), np.int64)
    np.add.at(counts, (np.array(ours), np.array(theirs)), 1)

    assert cohens_kappa(counts) == pytest.approx(cohen_kappa_score(ours, theirs))


@pytest.mark.parametrize("counts", [[[0, 0], [0, 0]], [[9, 0], [0, 0]]])
def test_kappa_of_what_chance_explains_is_0(counts: list[list[int]]) -> None:
    assert cohens_kappa(np.array(counts)) == 0


def show_until_seen(mirror: Mirror, shown: Sequence[object]) -> None:
    def tried() -> bool:
        mirror([b""], [b""])
        return len(shown) > 1

    wait_until(tried)


def test_a_busy_shadow_holds_nobody_up_and_is_told_what_it_missed() -> None:
    goes_on, shown = Event(), list[tuple[int, int]]()

    def show(frames: Sequence[bytes], scored: Sequence[bytes], missed: int) -> None:
        shown.append((len(frames), missed))
        goes_on.wait(5)

    mirror = Mirror(show)
    for size in (1, 2, 3):
        mirror([b""] * size, [b""] * size)
    goes_on.set()
    show_until_seen(mirror, shown)

    assert shown[0] == (1, 0)
    assert shown[1][1] >= 2 + 3


def test_a_shadow_that_fails_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    shown: list[int] = []

    def show(frames: Sequence[bytes], scored: Sequence[bytes], missed: int) -> None:
        shown.append(missed)
        raise RuntimeError("the shadow")

    mirror = Mirror(show)
    with caplog.at_level(logging.ERROR):
        mirror([b""] * 4, [b""] * 4)
        show_until_seen(mirror, shown)

    assert shown[0] == 0
    assert shown[1] >= 4
    assert "the shadow failed" in caplog.messages
