"""The committed page is the one that the committed results give."""

from pathlib import Path

import pytest

from benchmarks._models_options import RESULTS
from benchmarks.models_page import PAGE, page
from models.evaluation.page import models_page
from models.evaluation.results import (
    ZOO,
    Measured,
    Published,
    Result,
    Speed,
    card_result,
    known,
    read_results,
    write_result,
)
from models.evaluation.table import Run, ranked, results_table
from models.registry import CARDS, MINI_XCEPTION
from models.training.export import NAMES as EXPORTED
from models.training.zoo_result import zoo_result
from models.zoo.catalogue import NETWORKS
from moodtrace.errors import DatasetError


def test_the_committed_page_is_generated_from_the_committed_results() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m benchmarks.models_page`"


def test_committed_results_are_of_the_weights_that_the_cards_name() -> None:
    for result in read_results(RESULTS):
        card = CARDS[result.id]
        assert result.parameters == card.parameters
        assert result.sha256 == card.sha256, f"run `python -m benchmarks.models_accuracy {card.id}`"


def test_every_network_of_the_zoo_is_on_the_page() -> None:
    models, _, zoo = page().partition("## The zoo")

    missing = [name for name in NETWORKS if f"| `{name}` |" not in zoo]
    assert set(missing) <= set(EXPORTED)
    assert all(f"| `{name}-" in models for name in EXPORTED)


def test_committed_results_of_the_zoo_are_of_its_networks_as_they_are() -> None:
    for result in read_results(RESULTS / ZOO):
        bare = zoo_result(result.id)
        assert (result.kind, result.parameters) == (bare.kind, bare.parameters)


def test_a_network_that_was_not_trained_is_said_to_be_so() -> None:
    bare = zoo_result("agecnn")

    written = models_page([], [bare])

    assert "| `agecnn` | - | not trained | - | 422,828 | - | - |" in written
    assert "## Every figure" not in written


def test_a_result_is_written_and_read_again(tmp_path: Path) -> None:
    result = Result(
        id="net",
        title="A net",
        kind="age",
        parameters=10,
        published=Published(source="Somebody, 2020", value=5.0, on="Set", parameters=12),
        measured=(Measured(on="Set test", n=1000, value=4.8, ci=(4.6, 5.0)),),
        speed=Speed(batch_1=1.5, batch_32=0.25, threads=2, processor="CPU", load=0.1),
        note="Odd",
    )

    write_result(tmp_path, result)

    assert read_results(tmp_path) == [result]
    written = models_page([result])
    assert (
        "| `net` | 5.00 years (Set) | 4.80 years [4.60, 5.00] (Set test, n = 1,000) | - |"
        in written
    )
    assert "| 10 (published 12) | 1.50 | 0.25 |" in written
    assert "- `net`: A net. Source: Somebody, 2020. Odd." in written
    assert "## Emotion" not in written


def test_a_network_without_results_begins_with_its_card(tmp_path: Path) -> None:
    result = known(tmp_path, card_result(MINI_XCEPTION))

    assert (result.id, result.parameters, result.measured) == ("mini-xception", 58_423, ())
    assert "| `mini-xception` | - | - | - | 58,423 | - | - |" in models_page([result])


def test_a_file_that_is_no_result_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"id": 3}')

    with pytest.raises(DatasetError, match="no result of a network") as caught:
        read_results(tmp_path)
    assert caught.value.where.endswith("odd.json")


def test_a_grid_is_shown_best_first_with_what_differs() -> None:
    runs = [
        Run({"rate": 0.1, "flip": True, "epochs": 3}, {"macro_f1": 0.5, "loss": 1.25}),
        Run(
            {"rate": 0.01, "flip": True, "epochs": 3},
            {"macro_f1": 0.625, "loss": 1.0},
            {"macro_f1": 0.0125},
        ),
        Run({"rate": 1.0, "flip": True, "epochs": 3}, {"macro_f1": None}),
    ]

    assert results_table(runs, "macro_f1").splitlines() == [
        "| # | rate | macro_f1 | loss |",
        "| ---: | ---: | ---: | ---: |",
        "| 1 | 0.01 | **0.625 ± 0.013** | 1 |",
        "| 2 | 0.1 | 0.5 | 1.25 |",
        "| 3 | 1 | - | - |",
    ]
    assert ranked(runs, "loss", smallest_first=True)[0] is runs[1]
    assert ranked(runs, "loss")[0] is runs[0]
