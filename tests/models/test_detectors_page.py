"""The committed page is the one that the committed results give, of every detector as it is."""

from pathlib import Path

import pytest

from benchmarks._models_options import RESULTS
from benchmarks.detectors_page import PAGE, page
from models.evaluation.detector_results import (
    DetectorResult,
    Measurement,
    OfSize,
    On,
    encoded,
    read_detector_results,
)
from models.evaluation.detectors_page import detectors_page
from models.registry import CARDS
from moodtrace.errors import DatasetError

COMMITTED = read_detector_results(RESULTS / "detectors")


def measurement(on: On, columns: int = 1) -> Measurement:
    sizes = (
        OfSize(low_px=0, high_px=12, faces=4, recall=0.25, precision=None),
        OfSize(low_px=96, high_px=None, faces=6, recall=1.0, precision=0.875),
    )
    return Measurement(
        on=on,
        width_px=960,
        height_px=544,
        columns=columns,
        rows=1,
        faces=10,
        recall=0.7,
        precision=0.875,
        average_precision=0.65,
        sizes=sizes,
        ms=12.34,
        times_reference=2.06,
    )


def result(*measured: Measurement) -> DetectorResult:
    return DetectorResult(
        id="yunet",
        sha256="ab",
        min_score=0.6,
        threads=2,
        processor="CPU",
        cores=4,
        load=0.5,
        measured=measured,
    )


def test_the_committed_page_is_generated_from_the_committed_results() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m benchmarks.detectors_page`"


def test_every_detector_was_measured_with_the_weights_and_the_score_of_its_card() -> None:
    measured = {one.id: (one.sha256, one.min_score) for one in COMMITTED}

    assert measured == {
        card.id: (card.sha256, card.min_score) for card in CARDS.values() if card.kind == "detector"
    }


@pytest.mark.parametrize("one", COMMITTED, ids=lambda one: one.id)
def test_the_cards_figures_are_those_that_were_measured(one: DetectorResult) -> None:
    (default,) = [
        found
        for found in one.measured
        if found.on == "photos" and found.looks_at == (960, 544, 1, 1)
    ]
    metrics = CARDS[one.id].metrics

    assert metrics["photos_recall_960x544"] == round(default.recall, 3)
    assert metrics["photos_precision_960x544"] == round(default.precision or 0, 3)


def test_results_are_shown_by_set_and_size() -> None:
    written = detectors_page([result(measurement("wide shots", 4), measurement("photos"))])

    photos, _, wide = written.partition("## Wide shots")
    assert "| `yunet` | 960 x 544 | - | 0.700 | 0.875 | 0.650 | 12.3 | 2.1 |" in photos
    assert "| detector | looks at | tiles | under 12 px | 96 px on |" in photos
    assert "| `yunet` | 960 x 544 | - | 0.250 / - of 4 | 1.000 / 0.875 of 6 |" in photos
    assert "| `yunet` | 960 x 544 | 4 x 1 | 0.700 |" in wide
    assert (
        "Times were taken on: CPU, 4 cores, 2 threads in ONNX Runtime; load average 0.5 or less."
        in wide
    )


def test_results_are_written_and_read_again(tmp_path: Path) -> None:
    results = [result(measurement("photos"))]
    (tmp_path / "some.json").write_bytes(encoded(results))

    assert read_detector_results(tmp_path) == results


def test_a_file_that_holds_no_results_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('[{"id": 3}]')

    with pytest.raises(DatasetError, match="no results of detectors") as caught:
        read_detector_results(tmp_path)
    assert caught.value.where.endswith("odd.json")
