import numpy as np
import pytest
from msgspec.structs import replace

from moodtrace.alignment import Audience, aligned
from moodtrace.comparison import compare
from moodtrace.difference import hedges_g
from moodtrace.errors import UsageError
from moodtrace.estimates import Estimate
from moodtrace.labels import EMOTIONS
from moodtrace.timeline import gap
from moodtrace.verdicts import found, nothing_found
from tests.factories import screening, viewer
from tests.simulated import FLICKER, Values, rows_of, viewers

HAPPY, NEUTRAL = viewer("happy"), viewer("neutral")


def audience(name: str, happy: Values, **changed: object) -> Audience:
    record = replace(screening(name), **changed)
    return Audience(record, rows_of(happy))


def lifted(seed: int, lift: float, seconds: range, viewers_each: int = 75) -> list[Audience]:
    rng = np.random.default_rng(seed)
    return [
        audience(
            name,
            viewers(
                rng,
                viewers_each,
                60,
                share=0.05,
                persistence=FLICKER,
                lift=lift if name == "cut b" else 0,
                lifted=seconds,
            ),
        )
        for name in ("cut a", "cut b")
    ]


def test_a_lift_is_found_where_it_is_and_told_in_words() -> None:
    (compared,) = compare(lifted(1, 0.4, range(18, 26)))

    happiness = compared.emotions["happy"]
    (finding,) = happiness.findings
    assert abs(finding.start - 18) <= 1
    assert abs(finding.end - 26) <= 1
    assert finding.difference.value == pytest.approx(0.4, abs=0.1)
    assert finding.difference.low and 0.2 < finding.difference.low < finding.difference.value
    assert finding.effect and finding.effect > 0.8
    assert finding.p <= 0.01
    assert finding.words.startswith("cut b lifts happiness by ")
    assert finding.words.endswith(f"; directional, n = {finding.difference.n}")
    assert 60 <= finding.difference.n < 75  # some are away all the time
    assert happiness.words == finding.words
    assert compared.viewers == (75, 75)
    (neutral,) = compared.emotions["neutral"].findings
    assert neutral.words.startswith("cut b lowers neutral by ")
    assert compared.emotions["sad"].findings == []


def test_the_trace_is_that_of_both_and_its_band_holds_the_difference() -> None:
    first, second = lifted(1, 0.4, range(18, 26))
    (compared,) = compare([first, second], ["happy"])

    trace = compared.emotions["happy"].trace
    shares = [row.showing[EMOTIONS.index("happy")] / row.usable for row in second.rows]
    assert [moment.t for moment in trace] == list(range(60))
    assert [moment.second for moment in trace] == pytest.approx(shares)
    for moment in trace:
        assert moment.difference == pytest.approx(moment.second - moment.first)
        assert moment.low is not None and moment.high is not None
        assert moment.low <= moment.difference <= moment.high
    inside = [moment.low for moment in trace[19:25] if moment.low]
    assert min(inside) > 0.1


def test_where_nothing_differs_it_says_what_would_have_been_found() -> None:
    (compared,) = compare(lifted(4, 0.0, range(0)), ["happy"])

    happiness = compared.emotions["happy"]
    assert happiness.findings == []
    short, long = happiness.detectable
    assert (short.seconds, long.seconds) == (10, 60)
    assert short.share and long.share and 0.02 < long.share < short.share < 0.3
    assert happiness.words.startswith("no difference in happiness found; a lift of 10 s is found")
    assert abs(happiness.average.value) < 0.05


def test_few_viewers_are_told_that_nothing_can_be_found() -> None:
    (compared,) = compare(lifted(4, 0.0, range(0), viewers_each=3), ["happy"])

    assert "no lift of 10 s can be found with so few viewers" in compared.emotions["happy"].words
    assert compared.verdict == "exploratory"


def test_one_viewer_has_no_interval() -> None:
    alone = [audience(name, np.array([[1.0, 0.0, 1.0]])) for name in ("a", "b")]
    (compared,) = compare(alone, ["happy"])

    assert compared.emotions["happy"].trace[0].low is None
    assert compared.emotions["happy"].average.low is None


def test_several_are_each_compared_with_the_first_and_share_the_chance_of_error() -> None:
    first, second = lifted(1, 0.4, range(18, 26))
    compared = compare([first, second, first], ["happy"])

    assert [(one.first, one.second) for one in compared] == [("cut a", "cut b"), ("cut a", "cut a")]
    assert compared[0].alpha == 0.025


def test_seconds_that_one_did_not_show_are_left_out() -> None:
    both = np.ones((6, 8))
    few = np.where(np.arange(8) == 3, np.where(np.arange(6)[:, None] < 2, 1.0, np.nan), both)
    first, second = audience("a", both, k=5), audience("b", few, k=5)
    lost = second._replace(rows=[*second.rows[:5], gap(5, "no_frames"), *second.rows[6:]])

    (compared,) = compare([first, lost], ["happy"])

    assert [moment.t for moment in compared.emotions["happy"].trace] == [0, 1, 2, 4, 6, 7]
    assert compared.seconds == 6


MARKERS = "start_ms,end_ms,label,kind\n{},{},logo,brand\n"


def marked(name: str, start_s: int, seconds: int = 6) -> Audience:
    happy = np.tile(np.arange(seconds) >= start_s, (4, 1)).astype(float)
    return audience(name, happy, markers=MARKERS.format(1000 * start_s + 400, 9000))


def test_screenings_are_laid_over_each_other_where_a_marker_starts() -> None:
    laid = aligned(marked("a", 1), marked("b", 3), ["happy"], "logo")

    assert (laid.start, laid.zeros, laid.seconds) == (-1, (1, 3), [0, 1, 2, 3])
    assert laid.first[0].mean(axis=0).tolist() == [0, 1, 1, 1]
    assert laid.second[0].mean(axis=0).tolist() == [0, 1, 1, 1]


def test_without_a_marker_they_begin_together() -> None:
    laid = aligned(marked("a", 1, seconds=5), marked("b", 3), ["happy"])

    assert (laid.start, laid.zeros, laid.seconds) == (0, (0, 0), [0, 1, 2, 3, 4])


def test_a_marker_that_is_missing_is_named() -> None:
    with pytest.raises(UsageError, match="no marker 'joke'") as refused:
        compare([marked("a", 1), marked("b", 3)], align="joke")

    assert refused.value.try_this == "choose one of logo"


def test_no_common_second_is_an_error() -> None:
    first, second = marked("a", 1), marked("b", 3)
    with pytest.raises(UsageError, match="no second in which both were seen"):
        compare([first._replace(rows=first.rows[:2]), second._replace(rows=second.rows[2:])])
    with pytest.raises(UsageError, match="no second"):
        compare([first, second._replace(rows=[])])


def test_what_was_measured_otherwise_is_a_warning() -> None:
    one = np.ones((4, 3))
    (compared,) = compare(
        [audience("a", one), audience("b", one, emotion_model="other", live=True)], ["happy"]
    )

    assert compared.warnings == [
        "emotion model: mini-xception and other",
        "kind: recorded and live",
    ]


def test_hedges_g_is_the_difference_in_standard_deviations_of_viewers() -> None:
    # means 0.25 and 0.75, pooled standard deviation 0.25 √(4/3), J = 1 - 3 / 15
    one, other = np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 1.0]])

    assert hedges_g(one, other) == pytest.approx(0.5 / np.sqrt(0.125) * (1 - 3 / 7))
    assert hedges_g(one, one) == 0
    assert hedges_g(np.ones((3, 2)), np.ones((3, 2))) is None
    assert hedges_g(np.ones((1, 2)), np.zeros((1, 2))) is None


def test_the_words_are_those_of_a_report() -> None:
    assert (
        found("cut B", "happiness", range(18, 26), Estimate(0.12, 0.04, 0.19, 41))
        == "cut B lifts happiness by 12 points in 18–25 s; 95 % CI 4 to 19; directional, n = 41"  # noqa: RUF001
    )
    assert (
        found("cut B", "fear", range(3, 4), Estimate(-0.12, -0.19, 0.004, 80))
        == "cut B lowers fear by 12 points in 3 s; 95 % CI 0 to 19; reportable, n = 80"
    )
    assert (
        nothing_found("fear", 20, 10, 0.21)
        == "no difference in fear found; a lift of 10 s is found 4 times out of 5 if it is 21 "
        "points; exploratory, n = 20"
    )
