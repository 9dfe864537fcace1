from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace as replace_in
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from msgspec.structs import replace

from models.age import AgeNetwork
from models.detections import Detections
from models.detectors import open_detector
from models.emotion import EmotionNetwork, Emotions
from models.engine import NonFiniteError
from models.registry import HAAR, MINI_XCEPTION, MOODTRACE_AGE, MOODTRACE_EMOTION, SSD, Card
from models.weights import find
from moodtrace.labels import AGE_BANDS, EMOTIONS
from moodtrace.messages import FacesScored, FrameFailed
from tests.factories import limits, pictured
from workers.analyzer import Analyzer, in_box_units, quantised, thousandths

Image = npt.NDArray[np.uint8]


def test_a_face_is_found_and_scored_in_integers(analyzer: Analyzer, portrait: Image) -> None:
    message = analyzer([pictured(portrait)])[0]

    assert isinstance(message, FacesScored)
    assert len(message.faces) == 1
    face = message.faces[0]
    assert 995 <= sum(face.emotion) <= 1005
    left, top, right, bottom = face.xyxy
    assert 0 <= left < right <= 10_000
    assert 0 <= top < bottom <= 10_000
    assert (message.detector, message.emotion_model) == ("centerface", "mini-xception")


def test_a_small_face_is_excluded_and_not_guessed(analyzer: Analyzer, portrait: Image) -> None:
    strict = replace_in(analyzer, limits=limits(min_face_px=1000))

    message = strict([pictured(portrait)])[0]

    assert isinstance(message, FacesScored)
    assert [(face.excluded, face.emotion) for face in message.faces] == [("too_small", ())]


def test_a_head_that_is_turned_away_is_excluded_and_its_pose_kept(
    analyzer: Analyzer, portrait: Image
) -> None:
    straight = replace_in(analyzer, limits=limits(max_turn_deg=0.01))([pictured(portrait)])[0]

    assert isinstance(straight, FacesScored)
    (face,) = straight.faces
    assert (face.excluded, face.emotion) == ("turned_away", ())
    yaw, pitch, _ = face.pose
    assert abs(yaw) < 30 and abs(pitch) < 40  # she looks into the camera, her head bent


@pytest.mark.parametrize("card", [HAAR, SSD], ids=lambda card: card.id)
def test_a_face_without_landmarks_is_read_but_has_no_pose(
    analyzer: Analyzer, portrait: Image, weights: tuple[Path, ...], card: Card
) -> None:
    blind = replace_in(analyzer, detector=open_detector(card, find(card, weights)))

    (message,) = replace_in(blind, limits=limits(max_turn_deg=0.01))([pictured(portrait)])

    assert isinstance(message, FacesScored)
    (face,) = message.faces
    assert (face.excluded, face.pose) == ("", ())
    assert 995 <= sum(face.emotion) <= 1005


@pytest.mark.parametrize(("least", "abstained"), [(0.0, False), (0.999, True), (None, False)])
def test_a_face_below_the_least_confidence_is_abstained(
    analyzer: Analyzer, portrait: Image, least: float | None, abstained: bool
) -> None:
    (message,) = replace_in(analyzer, min_confidence=least)([pictured(portrait)])

    assert isinstance(message, FacesScored)
    (face,) = message.faces
    assert (face.abstained, face.excluded) == (abstained, "")
    assert face.emotion == cast(FacesScored, analyzer([pictured(portrait)])[0]).faces[0].emotion


class ContemptNetwork:
    """Sees happiness without a doubt, and contempt in every other face."""

    card = MOODTRACE_EMOTION

    def __call__(self, crops: Image) -> Emotions:
        scores = np.zeros((len(crops), len(EMOTIONS)), np.float32)
        scores[:, EMOTIONS.index("happy")] = 1
        return Emotions(scores, np.arange(len(crops)) % 2 == 1)


def test_contempt_is_abstained(analyzer: Analyzer, portrait: Image) -> None:
    two = np.concatenate([portrait, portrait[:, ::-1]], axis=1)
    scornful = replace_in(analyzer, emotion=cast(EmotionNetwork, ContemptNetwork()))

    (message,) = scornful([pictured(two)])

    assert isinstance(message, FacesScored)
    assert [face.abstained for face in message.faces] == [False, True]


def test_more_faces_than_the_cap_are_excluded_and_counted(
    analyzer: Analyzer, portrait: Image
) -> None:
    two = np.concatenate([portrait, portrait[:, ::-1]], axis=1)
    capped = replace_in(analyzer, limits=limits(max_faces=1))

    message = capped([pictured(two)])[0]

    assert isinstance(message, FacesScored)
    assert [face.excluded for face in message.faces] == ["", "too_many"]


def test_a_frame_is_scored_alike_whatever_is_beside_it(analyzer: Analyzer, portrait: Image) -> None:
    mirrored = np.ascontiguousarray(portrait[:, ::-1])
    batch = analyzer([pictured(mirrored, 0), pictured(portrait, 1), pictured(mirrored, 2)])

    alone = analyzer([pictured(portrait, 1)])[0]

    assert batch[1] == alone
    assert cast(FacesScored, batch[0]).faces == cast(FacesScored, batch[2]).faces


def test_a_bad_picture_fails_alone(analyzer: Analyzer, portrait: Image) -> None:
    good = pictured(portrait)
    bad = replace(good, seq=1, image=b"too short")
    no_jpeg = replace(good, seq=2, image=b"no picture", encoding="jpeg")

    messages = analyzer([good, bad, no_jpeg])

    assert isinstance(messages[0], FacesScored)
    assert [m.reason for m in messages[1:] if isinstance(m, FrameFailed)] == ["bad_picture"] * 2


def test_jpeg_pictures_are_read(analyzer: Analyzer, portrait: Image) -> None:
    jpeg = cv2.imencode(".jpg", portrait)[1].tobytes()

    message = analyzer([replace(pictured(portrait), image=jpeg, encoding="jpeg")])[0]

    assert isinstance(message, FacesScored)
    assert len(message.faces) == 1


def test_ages_are_shares_of_bands_that_sum_to_a_thousand(
    analyzer: Analyzer, portrait: Image, weights: tuple[Path, ...]
) -> None:
    ages = AgeNetwork(MOODTRACE_AGE, find(MOODTRACE_AGE, weights))
    with_age = replace_in(analyzer, age=ages)

    message = with_age([pictured(portrait)])[0]

    assert isinstance(message, FacesScored)
    assert message.age_model == "moodtrace-age-2"
    (face,) = message.faces
    assert len(face.age) == len(AGE_BANDS) - 1
    assert sum(face.age) == 1000
    adult = face.age[AGE_BANDS.index("18-24") :]
    assert sum(adult) > 800  # a grown woman


def test_shares_become_integers_by_largest_remainders() -> None:
    shares = np.array([[1 / 3, 1 / 3, 1 / 3], [0.0, 0.9996, 0.0004]], np.float32)

    assert thousandths(shares).tolist() == [[334, 333, 333], [0, 1000, 0]]
    assert thousandths(np.empty((0, 8), np.float32)).shape == (0, 8)


def test_every_stage_is_timed(analyzer: Analyzer, portrait: Image) -> None:
    stages: list[str] = []

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        yield
        stages.append(stage)

    replace_in(analyzer, timed=timed)([pictured(portrait)])

    assert stages == ["decode", "detect", "score"]


class BrokenDetector:
    """Gives NaN."""

    card = SSD

    def __call__(self, images: Sequence[Image]) -> list[Detections]:
        raise NonFiniteError(f"{len(images)} pictures")


class BrokenEmotions:
    """Fails on every face, and on none."""

    card = MINI_XCEPTION

    def __call__(self, crops: npt.NDArray[np.uint8]) -> Emotions:
        raise NonFiniteError(f"{len(crops)} faces")


def test_a_check_uses_every_network(analyzer: Analyzer) -> None:
    analyzer.check()

    with pytest.raises(NonFiniteError, match="1 pictures"):
        replace_in(analyzer, detector=BrokenDetector()).check()
    with pytest.raises(NonFiniteError, match="1 faces"):
        replace_in(analyzer, emotion=cast(EmotionNetwork, BrokenEmotions())).check()


def test_no_frames_give_no_messages(analyzer: Analyzer) -> None:
    assert analyzer([]) == []


def test_scores_are_rounded_half_to_even() -> None:
    scores = np.array([0.0625, 0.1875, 0.25, 1.0], np.float32)

    assert quantised(scores).tolist() == [62, 188, 250, 1000]


def test_boxes_are_in_ten_thousandths_of_the_captured() -> None:
    boxes = np.array([[0, 0, 320, 180], [160, 90, 320, 180]], np.float32)

    assert in_box_units(boxes, 320, 180).tolist() == [
        [0, 0, 10000, 10000],
        [5000, 5000, 10000, 10000],
    ]
