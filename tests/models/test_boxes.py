"""Overlaps and their suppression, held against a plain loop."""

import numpy as np
import numpy.typing as npt
import pytest

from models.boxes import clip, iou, shared_of_smaller, suppress, suppress_parts

Array = npt.NDArray[np.float32]


def boxes(*rows: tuple[float, float, float, float]) -> Array:
    return np.asarray(rows, np.float32).reshape(-1, 4)


def random_boxes(rng: np.random.Generator, count: int) -> Array:
    corners = rng.uniform(0, 100, (count, 2))
    return np.concatenate([corners, corners + rng.uniform(1, 60, (count, 2))], 1).astype(np.float32)


def brute_force(xyxy: Array, scores: Array, max_iou: float) -> list[int]:
    chosen: list[int] = []
    for candidate in np.argsort(-scores, kind="stable").tolist():
        overlaps = [iou(xyxy[[candidate]], xyxy[[other]])[0, 0] for other in chosen]
        if all(overlap <= max_iou for overlap in overlaps):
            chosen.append(candidate)
    return chosen


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),  # the same
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),  # touching
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),  # half and half
        ((0, 0, 10, 10), (2, 2, 4, 4), 0.04),  # inside
        ((5, 5, 5, 5), (5, 5, 5, 5), 0.0),  # no area
    ],
)
def test_iou_of_two_boxes(
    first: tuple[float, float, float, float],
    second: tuple[float, float, float, float],
    expected: float,
) -> None:
    assert iou(boxes(first), boxes(second))[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 10, 10), (2, 2, 4, 4), 1.0),  # inside
        ((2, 2, 4, 4), (0, 0, 10, 10), 1.0),  # around
        ((0, 0, 10, 10), (8, 0, 12, 10), 0.5),  # half of the smaller
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),  # touching
        ((5, 5, 5, 5), (0, 0, 10, 10), 0.0),  # no area
    ],
)
def test_what_two_boxes_share_of_the_smaller(
    first: tuple[float, float, float, float],
    second: tuple[float, float, float, float],
    expected: float,
) -> None:
    assert shared_of_smaller(boxes(first), boxes(second))[0, 0] == pytest.approx(expected)


def test_of_a_box_and_its_part_the_better_one_is_kept() -> None:
    face, part, other = (0, 0, 10, 10), (2, 2, 6, 6), (20, 0, 30, 10)
    xyxy = boxes(part, face, other)

    assert suppress(xyxy, np.asarray([0.7, 0.9, 0.8], np.float32), 0.3).tolist() == [1, 2, 0]
    assert suppress_parts(xyxy, np.asarray([0.7, 0.9, 0.8], np.float32), 0.7).tolist() == [1, 2]
    assert suppress_parts(xyxy, np.asarray([0.9, 0.7, 0.8], np.float32), 0.7).tolist() == [0, 2]


def test_no_boxes_overlap_nothing() -> None:
    assert iou(boxes(), boxes((0, 0, 1, 1))).shape == (0, 1)
    assert suppress(boxes(), np.empty(0, np.float32), 0.3).shape == (0,)
    assert shared_of_smaller(boxes((0, 0, 1, 1)), boxes()).shape == (1, 0)
    assert suppress_parts(boxes(), np.empty(0, np.float32), 0.3).shape == (0,)


@pytest.mark.parametrize("seed", range(20))
def test_suppression_agrees_with_a_plain_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xyxy, scores = random_boxes(rng, 60), rng.uniform(0.1, 1, 60).astype(np.float32)

    assert suppress(xyxy, scores, 0.3).tolist() == brute_force(xyxy, scores, 0.3)


def test_clipping_keeps_boxes_in_the_picture() -> None:
    clipped = clip(boxes((-5, -5, 5, 5), (90, 40, 130, 70), (200, 0, 210, 9)), 50, 100)

    assert clipped.tolist() == [[0, 0, 5, 5], [90, 40, 100, 50], [100, 0, 100, 9]]
    assert clipped.dtype == np.float32
