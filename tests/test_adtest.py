from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from moodtrace.adtest import ad_test
from moodtrace.estimates import Estimate, Window, average, change, level
from moodtrace.impact import impact, volatility
from moodtrace.labels import EMOTIONS, Emotion
from moodtrace.measures import attending, expressive, showing, valence
from moodtrace.metrics import Point, summarise, trace
from moodtrace.reach import capture, hold, reach
from moodtrace.timeline import Row, gap
from moodtrace.viewers import Viewer
from tests.factories import row, viewer


def smiling(second: int, happy: int, others: int) -> Row:
    return row(second, *[viewer("happy")] * happy, *[viewer("neutral")] * others)


def facing(second: int, *heads: bool | None) -> Row:
    return row(second, *(viewer("neutral", attending=head) for head in heads))


def value(found: Estimate | None) -> float:
    assert found is not None
    return found.value


def test_an_emotion_is_summed_up_by_its_peak_and_its_end() -> None:
    rows = [smiling(t, happy, 4 - happy) for t, happy in enumerate((0, 2, 4, 1, 1, 2, 3))]

    found = impact(rows, "happy", k=1)

    assert value(found.ever) == 1
    assert value(found.average) == pytest.approx(13 / 28)
    assert found.peak and (found.peak.t, found.peak.share.value) == (2, 1)
    assert found.trough and (found.trough.t, found.trough.share.value) == (0, 0)
    assert found.time_to_peak_s == 2
    assert value(found.end) == pytest.approx(0.5)  # 1/4, 2/4, 3/4
    assert found.peak_end == pytest.approx(0.75)
    assert found.volatility == pytest.approx((2 + 2 + 3 + 0 + 1 + 1) / 4 / 6)


def test_averages_are_those_of_the_trace() -> None:
    rows = [
        row(0, viewer("happy"), viewer("sad"), viewer(excluded="too_small")),
        gap(1, "no_frames"),
        row(2, viewer("happy"), viewer(abstained=True), viewer("happy")),
        row(3),
    ]

    found = average(rows, showing("happy"), k=1)

    assert value(found) == pytest.approx(summarise(trace(rows, "happy", k=1)).average)
    assert value(found) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_a_change_across_a_gap_is_none() -> None:
    assert volatility([Point(0, 0.0), Point(1, 0.5), Point(5, 1.0), Point(6, 0.75)]) == 0.375
    assert volatility([Point(0, 0.0), Point(2, 1.0)]) is None


def test_seconds_under_k_contribute_nothing() -> None:
    rows = [smiling(0, 1, 4), smiling(1, 3, 0), smiling(2, 2, 3)]

    found = impact(rows, "happy", k=5)

    assert value(found.ever) == pytest.approx(0.4)
    assert value(found.average) == pytest.approx(0.3)
    assert found.peak and found.peak.t == 2
    assert reach(rows, k=5).ots == 5
    assert impact(rows, "happy", k=6).average is None


def test_figures_of_fewer_than_k_viewers_are_withheld() -> None:
    rows = [facing(0, True, False, None, None, None)]

    found = reach(rows, k=3)

    assert (found.ots, found.watchers) == (5, 1)
    assert value(found.conversion) == 0.2
    assert (found.dwell_s, found.attention_s, found.attraction) == (None, None, None)
    assert average(rows, attending, k=3) is None
    assert value(average(rows, attending, k=2)) == 0.5


def test_reach_is_that_of_digital_signage() -> None:
    # viewer 1: 3 s, 2 of them attending; 2: 2 s, 1; 3: 1 s, never: no watcher
    rows = [facing(0, True, False, False), facing(1, True, True), facing(2, False)]

    found = reach(rows, k=1)

    assert (found.ots, found.watchers) == (3, 2)
    assert value(found.conversion) == pytest.approx(2 / 3)
    assert value(found.dwell_s) == 2.5
    assert value(found.attention_s) == 1.5
    assert value(found.attraction) == pytest.approx(3 / 5)


def test_capture_is_of_the_first_seconds_of_content() -> None:
    rows = [
        row(0, viewer("neutral", attending=False), viewer("neutral", attending=True)),
        row(3, viewer("happy"), viewer("neutral"), viewer(excluded="turned_away")),
        row(4, *[viewer("neutral")] * 3, viewer("happy")),
    ]

    assert value(capture(rows, 3, k=1)) == 0.5
    assert value(capture(rows, 5, k=1)) == pytest.approx(3 / 4)
    assert capture(rows[1:], 3, k=1) is None


def test_hold_compares_the_attention_of_the_end_with_that_of_the_beginning() -> None:
    kept, left = (True, True), (True, False)
    rows = [facing(t, *(kept if t < 3 else left)) for t in range(6)]

    assert value(hold(rows, k=1)) == 0.5
    assert hold(rows[:5], k=1) is None
    assert hold([facing(t, t > 2) for t in range(6)], k=1) is None  # nobody to lose


def test_a_window_is_compared_with_as_much_before_and_after() -> None:
    window = Window("logo", 4, 6)
    rows = [smiling(t, happy, 4 - happy) for t, happy in enumerate((0, 0, 1, 1, 4, 2, 3, 3, 0))]

    found = ad_test(rows, ["happy"], [window], k=1).windows[0]

    assert value(found.emotions["happy"].average) == 0.75
    assert value(found.emotions["happy"].change) == 0.5
    assert value(found.expressiveness.change) == 0.5
    assert change(rows[:0], rows, showing("happy"), k=1) is None


def test_valence_is_of_those_who_showed_something() -> None:
    happy = replace(viewer("happy"), emotion=(0, 0, 0, 1000, 0, 0, 0))

    assert value(level([row(0, happy, viewer(abstained=True))], valence, k=1)) == 0.81
    assert level([row(0, viewer(abstained=True))], valence, k=1) is None


def test_nothing_measured_gives_no_figures() -> None:
    found = ad_test([gap(0, "no_frames")], EMOTIONS, [Window("all", 0, 1)], k=1)

    assert (found.usable, found.verdict) == (0, "exploratory")
    assert (found.hold, found.valence, found.capture[3]) == (None, None, None)
    assert found.emotions["happy"].peak_end is None


def test_one_viewer_has_no_interval() -> None:
    found = average([smiling(0, 1, 0)], showing("happy"), k=1)

    assert found == Estimate(1.0, None, None, 1)


SEEN = st.builds(
    viewer,
    st.sampled_from(EMOTIONS),
    excluded=st.sampled_from(("", "", "too_small")),
    abstained=st.booleans(),
    attending=st.sampled_from((True, False, None)),
)
ROWS = st.lists(st.lists(SEEN, max_size=6), min_size=1, max_size=8).map(
    lambda seconds: [row(t, *viewers) for t, viewers in enumerate(seconds)]
)


@settings(deadline=None)
@given(ROWS, st.sampled_from((1, 3)))
def test_shares_are_shares_and_attention_is_no_longer_than_dwell(rows: list[Row], k: int) -> None:
    found = reach(rows, k)
    assert found.watchers <= found.ots
    if found.attention_s and found.dwell_s:
        assert 1 <= found.attention_s.value <= found.dwell_s.value <= len(rows)

    happy = impact(rows, "happy", k)
    shares = (found.conversion, found.attraction, happy.ever, happy.average, happy.end)
    for share in (*shares, capture(rows, 3, k), average(rows, expressive, k)):
        if share:
            assert 0 <= share.value <= 1
            assert share.n >= k
            assert share.low is None or (0 <= share.low <= (share.high or 0) <= 1)


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_viewers_does_not_matter(rows: list[Row], random: Random) -> None:
    def shuffled(people: tuple[Viewer, ...]) -> tuple[Viewer, ...]:
        return tuple(random.sample(people, len(people)))

    emotions: list[Emotion] = ["happy", "neutral"]
    windows = [Window("first", 0, 2)]
    others = [replace(row, people=shuffled(row.people)) for row in rows]

    assert ad_test(others, emotions, windows, 1) == ad_test(rows, emotions, windows, 1)
