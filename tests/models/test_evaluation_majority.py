"""The literature's protocol for FER+: the majority of ten votes, over eight classes."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest

from models.datasets.images import ArraySource
from models.evaluation.examples import Examples, read
from models.evaluation.majority import majority, tied
from models.evaluation.model import Model, of_ferplus
from models.evaluation.report import Judged, class_report
from models.registry import MOODTRACE_AGE, MOODTRACE_EMOTION, Card
from models.weights import COMMITTED
from moodtrace.errors import DatasetError, UsageError

VOTES = np.array(
    [
        [0, 8, 0, 0, 0, 0, 0, 2, 0, 0],  # happy
        [4, 0, 0, 4, 0, 0, 0, 0, 2, 0],  # neutral and sad alike
        [0, 0, 0, 0, 0, 0, 0, 5, 5, 0],  # contempt and unknown alike
        [3, 0, 0, 0, 0, 0, 0, 0, 7, 0],  # unknown
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],  # not a face
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # nobody voted
    ]
)
PICTURES = np.zeros((len(VOTES), 8, 8), np.uint8)


def saved(path: Path, votes: npt.NDArray[np.generic]) -> Path:
    np.savez(path / "set.npz", image=PICTURES, votes_ferplus=votes)
    return path / "set.npz"


def test_the_majority_counts_and_the_first_of_a_tie() -> None:
    assert majority(VOTES).tolist() == [1, 0, 7, -1, -1, -1]
    assert tied(VOTES).tolist() == [False, True, True, False, False, True]


def test_rows_that_most_call_unknown_or_no_face_are_left_out(tmp_path: Path) -> None:
    found = read(saved(tmp_path, VOTES.astype(np.uint8)), "ferplus")

    assert found.values is not None and found.tied is not None
    assert (found.rows.tolist(), found.values.tolist()) == ([0, 1, 2], [1, 0, 7])
    assert found.tied.tolist() == [False, True, True]
    assert found.left_out == 3


@pytest.mark.parametrize("votes", [VOTES[:, :8], VOTES[:2], VOTES / 10])
def test_votes_of_another_shape_or_type_are_refused(
    tmp_path: Path, votes: npt.NDArray[np.generic]
) -> None:
    with pytest.raises(DatasetError, match=r"expected integers \(6, 10\), got"):
        read(saved(tmp_path, votes), "ferplus")


def test_a_set_without_votes_says_what_it_has(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", image=PICTURES, label=np.zeros(len(PICTURES), int))

    with pytest.raises(DatasetError, match="expected `votes_ferplus`, got image, label"):
        read(tmp_path / "set.npz", "ferplus")


def test_figures_are_given_with_ties_and_without() -> None:
    labels, answers = np.array([0, 1, 1, 0]), np.array([0, 1, 0, 1])
    ties = np.array([False, False, False, True])
    examples = Examples(ArraySource(PICTURES[:4]), np.arange(4), labels, 0, tied=ties)

    def found(tied: npt.NDArray[np.bool_] | None) -> object:
        told = Examples(examples.pictures, examples.rows, labels, 0, tied=tied)
        judged = Judged(told, np.eye(2)[answers] * 0.8 + 0.1, np.empty(0, np.int64))
        return class_report(judged, ("a", "b")).content["ties"]

    content = found(ties)
    assert isinstance(content, dict)
    assert (content["n"], content["without"]["n"]) == (1, 3)
    assert content["without"]["accuracy"] == pytest.approx(2 / 3)
    assert found(np.ones(4, bool)) == {"n": 4, "without": None}
    assert found(None) is None


def test_a_network_without_such_outputs_is_refused() -> None:
    model = Model(
        id="net",
        kind="emotion",
        size_px=(8, 8),
        colours="gray",
        classes=("a",),
        score=lambda crops: np.ones((len(crops), 1), np.float32),
        target="label",
    )

    with pytest.raises(UsageError, match="no outputs for FER") as caught:
        of_ferplus(model)
    assert caught.value.where == "net"


@pytest.mark.parametrize("card", [MOODTRACE_EMOTION, MOODTRACE_AGE], ids=lambda card: card.id)
def test_cards_name_the_outputs_of_their_files(card: Card) -> None:
    graph = onnx.load(COMMITTED / card.file).graph

    assert tuple(output.name for output in graph.output) == card.outputs
