from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from moodtrace.norms import Past, key_figures, norms, past
from tests.factories import row, screening, viewer

ROWS = [
    row(0, viewer("happy", attending=True), viewer("sad", attending=False)),
    row(1, viewer("happy", attending=None), viewer("happy", attending=True)),
]
START = datetime(2026, 1, 1, tzinfo=UTC)


def screened(name: str, value: float | None, *, seconds: int = 30, **changed: object) -> Past:
    number = int(name.rpartition("-")[2])
    record = screening(name)
    record = replace(
        record,
        state="finished",
        run=replace(record.run, started_at=START + timedelta(days=number)),
    )
    figures = {"happy.average": value, "sad.average": 0.5}
    return Past(screening=replace(record, **changed), seconds=seconds, figures=figures)


def library(count: int) -> list[Past]:
    return [screened(f"spring-{n}", n / 100) for n in range(1, count + 1)]


def test_key_figures_are_those_of_the_formulas() -> None:
    figures = key_figures(ROWS, k=1)

    assert figures["happy.average"] == pytest.approx(0.75)
    assert figures["happy.peak"] == 1.0
    assert figures["sad.ever"] == 0.5
    assert figures["attention"] == pytest.approx((0.5 + 1.0) / 2)
    assert figures["expressiveness"] == 1.0
    assert figures["valence"] is not None and figures["valence"] > 0
    assert set(key_figures(ROWS, k=3).values()) == {None}


def test_a_percentile_is_the_share_of_the_set_below() -> None:
    found = norms(screened("now-99", 0.125), library(20))

    norm = found.figures["happy.average"]
    assert norm.percentile == 60  # 1 to 12 of 20
    assert (norm.n, norm.value) == (20, 0.125)
    assert (norm.lower, norm.median, norm.upper) == pytest.approx((0.0575, 0.105, 0.1525))
    assert norms(screened("now-99", 0.5), library(20)).figures["sad.average"].percentile == 50
    assert (found.n, found.missing) == (20, 0)
    assert (found.first, found.last) == (START + timedelta(days=1), START + timedelta(days=20))
    assert (found.length, found.kind) == ("21 to 45 s", "recorded")


def test_a_screening_is_not_held_against_itself() -> None:
    everything = library(11)

    assert norms(everything[10], everything).figures["happy.average"].percentile == 100
    assert norms(everything[10], everything).n == 10


def test_fewer_than_ten_are_refused_and_it_is_said_how_many_are_missing() -> None:
    found = norms(screened("now-99", 0.1), library(9))

    assert (found.n, found.missing, found.figures) == (9, 1, {})


def test_a_figure_that_few_have_has_no_percentile() -> None:
    others = [*library(9), screened("spring-10", None)]

    assert set(norms(screened("now-99", 0.1), others).figures) == {"sad.average"}
    assert set(norms(screened("now-99", None), library(10)).figures) == {"sad.average"}


def test_what_cannot_be_compared_is_left_out_and_counted() -> None:
    others = [
        *library(10),
        screened("other-1", 0.9, emotion_model="other"),
        screened("other-2", 0.9, detector="ssd"),
        screened("other-3", 0.9, live=True),
        screened("other-4", 0.9, viewing=2),
        screened("other-5", 0.9, state="interrupted"),
        screened("other-6", 0.9, seconds=46),
        screened("other-7", 0.9, thresholds=(500,) * 7),
        screened("other-8", 0.9, seconds=20),
    ]

    found = norms(screened("now-99", 0.5), others)

    assert found.n == 10
    assert found.figures["happy.average"].percentile == 100
    assert found.left_out == {
        "emotion model": 1,
        "detector": 1,
        "kind": 1,
        "viewing": 1,
        "not finished": 1,
        "length": 2,
        "thresholds": 1,
    }


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "up to 20 s"), (21, "21 to 45 s"), (90, "46 to 90 s"), (91, "over 90 s")],
)
def test_lengths_are_those_of_spots(seconds: int, words: str) -> None:
    assert norms(screened("now-99", 0.5, seconds=seconds), []).length == words


def test_a_screening_is_summed_up_for_the_set() -> None:
    summed = past(screening(), ROWS)

    assert (summed.seconds, summed.figures) == (2, key_figures(ROWS, k=1))
