"""Matching and its figures, on boxes that a reader can count."""

import numpy as np
import numpy.typing as npt
import pytest

from models.detections import Detections
from models.evaluation.detection import Matches, match, pooled

Array = npt.NDArray[np.float32]


def boxes(*rows: tuple[float, float, float, float]) -> Array:
    return np.asarray(rows, np.float32).reshape(-1, 4)


def detections(xyxy: Array, *scores: float) -> Detections:
    return Detections(xyxy, np.asarray(scores, np.float32), np.zeros((len(xyxy), 5, 2), np.float32))


def matches(found: list[float], missed: int, false: list[float]) -> Matches:
    scores = np.asarray([*found, *[np.nan] * missed], np.float32)
    size_px = np.full(len(scores), 20, np.float32)
    return Matches(
        size_px, scores, np.full(len(false), 20, np.float32), np.array(false, np.float32)
    )


def test_the_second_detection_of_a_face_is_false() -> None:
    face = boxes((0, 0, 20, 20))

    found = match(face, detections(boxes((0, 0, 20, 20), (1, 1, 20, 20)), 0.9, 0.8))

    assert found.face_score.tolist() == pytest.approx([0.9])
    assert found.false_score.tolist() == pytest.approx([0.8])


def test_the_better_score_chooses_first_and_takes_what_it_overlaps_most() -> None:
    faces = boxes((0, 0, 20, 20), (6, 0, 26, 20))

    found = match(faces, detections(boxes((4, 0, 24, 20), (5, 0, 25, 20)), 0.9, 0.8))

    assert found.face_score.tolist() == pytest.approx([0.8, 0.9])  # the second face was taken
    assert len(found.false_score) == 0


@pytest.mark.parametrize(("right", "is_found"), [(8.0, True), (7.9, False)])
def test_an_overlap_of_four_tenths_is_enough(right: float, is_found: bool) -> None:
    found = match(boxes((0, 0, 20, 20)), detections(boxes((0, 0, right, 20)), 0.9))

    assert found.recall(0) == is_found
    assert len(found.false_score) == (not is_found)


def test_where_not_every_face_has_a_box_nothing_is_false() -> None:
    elsewhere = detections(boxes((50, 50, 70, 70)), 0.9)

    assert len(match(boxes((0, 0, 20, 20)), elsewhere, complete=False).false_score) == 0
    assert len(match(boxes((0, 0, 20, 20)), elsewhere).false_score) == 1


def test_sizes_are_those_in_the_analysed_frame() -> None:
    found = match(boxes((0, 0, 20, 40)), detections(boxes((50, 50, 90, 60)), 0.9), scale=0.5)

    assert (found.face_px.tolist(), found.false_px.tolist()) == ([20], [20])


def test_recall_and_precision_by_size_and_score() -> None:
    found = Matches(
        face_px=np.array([10, 10, 30, 30], np.float32),
        face_score=np.array([np.nan, 0.9, 0.5, 0.9], np.float32),
        false_px=np.array([12, 30], np.float32),
        false_score=np.array([0.7, 0.4], np.float32),
    )

    small, large, none = found.of_size(0, 16), found.of_size(16, 40), found.of_size(40, 99)

    assert (found.recall(0.6), found.precision(0.6)) == (2 / 4, 2 / 3)
    assert (small.recall(0.6), small.precision(0.6)) == (1 / 2, 1 / 2)
    assert (large.recall(0.6), large.precision(0.6)) == (1 / 2, 1.0)
    assert (none.recall(0.6), none.precision(0.6), none.average_precision()) == (None, None, None)


@pytest.mark.parametrize(
    ("found", "missed", "false", "expected"),
    [
        ([0.9, 0.8], 0, [], 1.0),  # all found
        ([0.9, 0.8], 2, [], 0.5),  # half found, nothing false
        ([], 3, [0.9], 0.0),  # nothing found
        ([0.9, 0.8], 0, [0.1], 1.0),  # a false one below all faces costs nothing
        ([0.8, 0.7], 0, [0.9], 2 / 3),  # one above: 1/2, then 2/3, which both recalls get
        ([0.9, 0.5], 1, [0.7, 0.6], (1 + 2 / 4) / 3),
    ],
)
def test_average_precision(
    found: list[float], missed: int, false: list[float], expected: float
) -> None:
    assert matches(found, missed, false).average_precision() == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(10))
def test_average_precision_agrees_with_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found, false = rng.uniform(0.1, 1, 30), rng.uniform(0.1, 1, 20)
    all_scores = np.sort(np.concatenate([found, false]))
    curve = [
        ((found >= s).sum() / 40, (found >= s).sum() / (all_scores >= s).sum()) for s in all_scores
    ]
    recalls = np.arange(1, 31) / 40  # each found face is a step of 1/40; 10 faces are never found

    expected = sum(max(p for r, p in curve if r >= recall - 1e-9) for recall in recalls) / 40

    assert matches(found.tolist(), 10, false.tolist()).average_precision() == pytest.approx(
        expected
    )


def test_pooling_counts_every_picture() -> None:
    both = pooled([matches([0.9], 1, [0.7]), matches([0.8, 0.7], 0, [])])

    assert both.recall(0.5) == 3 / 4
    assert both.precision(0.5) == 3 / 4


def test_a_picture_without_faces_has_only_false_detections() -> None:
    found = match(boxes(), detections(boxes((0, 0, 20, 20)), 0.9))

    assert found.recall(0.5) is None
    assert found.precision(0.5) == 0
