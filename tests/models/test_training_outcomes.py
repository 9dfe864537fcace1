"""What came out of a grid: kept, averaged over seeds, shown."""

import csv
import json
from pathlib import Path

import pytest

from models.training.outcomes import RESULTS, ROWS, TABLE, Outcome, Results, page, read, write
from models.training.recipe import Augmentation, Recipe
from moodtrace.errors import ConfigurationError


def outcome(rate: float, seed: int = 0, failed: str = "", **figures: float) -> Outcome:
    return Outcome(
        name=f"rate={rate},seed={seed}",
        settings={"rate": rate, "loss": "focal"},
        seed=seed,
        figures=figures,
        failed=failed,
        recipe=Recipe(rate=rate, dropped=("sad",), augmentation=Augmentation(flip=True)),
    )


def results(*runs: Outcome) -> Results:
    return Results(network="edgecnn", data="made.npz", runs=list(runs))


def test_results_come_back_as_they_were(tmp_path: Path) -> None:
    kept = results(outcome(0.1, accuracy=0.5), outcome(0.2, failed="the loss is nan"))

    write(tmp_path, kept, planned=3)

    assert read(tmp_path / RESULTS) == kept


def test_several_seeds_become_a_mean_with_its_spread() -> None:
    shown = page(
        results(
            outcome(0.1, 0, accuracy=0.5),
            outcome(0.1, 1, accuracy=0.7),
            outcome(0.2, 0, accuracy=0.55),
            outcome(0.2, 1, failed="the loss is nan"),
        ),
        planned=6,
    )

    assert "3 of 6 runs are done, 1 failed." in shown
    assert "| # | rate | accuracy | seeds |" in shown
    assert "| 1 | 0.1 | **0.6 ± 0.14** | 2 |" in shown
    assert "| 2 | 0.2 | 0.55 | 1 |" in shown
    assert "- rate=0.2,seed=1: the loss is nan" in shown


def test_ages_are_ranked_by_their_error() -> None:
    shown = page(results(outcome(0.1, mean_error=7.0), outcome(0.2, mean_error=6.0)), planned=2)

    assert "| 1 | 0.2 | **6** |" in shown


def test_every_file_holds_what_is_done(tmp_path: Path) -> None:
    write(tmp_path, results(), planned=2)
    write(tmp_path, results(outcome(0.1, accuracy=0.25), outcome(0.2, accuracy=0.5)), planned=2)

    rows = list(csv.DictReader((tmp_path / ROWS).read_text().splitlines()))
    assert [(row["run"], row["loss"], row["accuracy"]) for row in rows] == [
        ("rate=0.1,seed=0", "focal", "0.25"),
        ("rate=0.2,seed=0", "focal", "0.5"),
    ]
    cells = json.loads((tmp_path / RESULTS).read_text())["cells"]
    assert [cell["settings"]["rate"] for cell in cells] == [0.2, 0.1]
    assert "2 of 2 runs are done, 0 failed." in (tmp_path / TABLE).read_text()


def test_a_later_outcome_takes_the_place_of_an_earlier_one() -> None:
    found = results(outcome(0.1, failed="memory is full"))

    found.add(outcome(0.1, accuracy=0.5))

    assert found.runs == [outcome(0.1, accuracy=0.5)]


@pytest.mark.parametrize("text", ["", "{", '{"network": 3}'])
def test_results_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / RESULTS).write_text(text)

    with pytest.raises(ConfigurationError, match="can't be read"):
        read(tmp_path / RESULTS)
