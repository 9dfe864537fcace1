import pytest

from moodtrace.grades import LIMITS, Part, quality
from moodtrace.ledger import CameraLedger, Ledger
from moodtrace.timeline import Row, gap
from tests.factories import row, screening, viewer

GOOD = row(0, *[viewer()] * 150)
WHOLE = {"front": CameraLedger(captured=100, analysed=100)}


def parts(
    rows: list[Row], ledger: Ledger = WHOLE, sync_ms: float | None = None, k: int = 1
) -> dict[str, Part]:
    return {part.name: part for part in quality(screening(k=k), rows, ledger, sync_ms).parts}


def test_good_data_have_an_a_and_need_nothing() -> None:
    found = quality(screening(), [GOOD], WHOLE, 20)

    assert found.grade == "A"
    assert {part.grade for part in found.parts} == {"A"}
    assert {part.try_this for part in found.parts} == {""}
    assert [part.name for part in found.parts] == [
        *("viewers", "data", "coverage", "late", "lost", "sync")
    ]


def test_the_grade_is_that_of_the_worst_part() -> None:
    found = quality(screening(), [GOOD], WHOLE, 600)

    assert found.grade == "D"
    assert [part.name for part in found.parts if part.grade != "A"] == ["sync"]


@pytest.mark.parametrize(
    ("part", "value", "grade"),
    [
        *(("coverage", 0.85, "A"), ("coverage", 0.84, "B"), ("coverage", 0.49, "D")),
        *(("viewers", 150, "A"), ("viewers", 75, "B"), ("viewers", 30, "C"), ("viewers", 29, "D")),
        *(("data", 1.0, "A"), ("data", 0.98, "B"), ("data", 0.9, "C"), ("data", 0.0, "D")),
        *(("sync", 40, "A"), ("sync", 41, "B"), ("sync", 500, "C"), ("sync", 501, "D")),
        *(("late", 0.0, "A"), ("late", 0.05, "B"), ("lost", 0.2, "C"), ("lost", 0.3, "D")),
    ],
)
def test_where_grades_begin(part: str, value: float, grade: str) -> None:
    assert LIMITS[part].grade(value) == grade


def test_coverage_names_what_to_do_about_the_commonest_reason() -> None:
    people = [viewer()] * 6 + [viewer(excluded="too_small")] * 3 + [viewer(excluded="blurred")]
    covered = parts([row(0, *people)])["coverage"]

    assert (covered.grade, covered.value) == ("C", 0.6)
    assert covered.words == "60% of the viewers seen could be scored"
    assert covered.try_this == "move the camera closer, or record at a higher resolution"


def test_gaps_late_and_lost_frames_are_counted() -> None:
    ledger = {
        "front": CameraLedger(captured=100, analysed=80, dropped={"late": 4, "queue": 6}),
        "left": CameraLedger(captured=100, analysed=90, failed={"corrupt": 10}),
    }
    found = parts([GOOD, gap(1, "no_frames")], ledger)

    assert (found["data"].value, found["data"].grade) == (0.5, "D")
    assert (found["late"].value, found["late"].grade) == (0.02, "B")
    assert (found["lost"].value, found["lost"].grade) == (0.08, "C")
    assert found["lost"].words == "8.0% of the frames were dropped or could not be read"


def test_what_is_not_known_has_no_grade() -> None:
    assert set(parts([row(0)], {})) == {"viewers", "data"}
    assert quality(screening(), [], {}).grade == "D"


def test_seconds_that_may_not_be_shown_count_as_data_and_tell_nothing_of_viewers() -> None:
    found = parts([row(0, *[viewer()] * 3)], k=5)

    assert (found["data"].value, found["viewers"].value) == (1.0, 0)
    assert "coverage" not in found
