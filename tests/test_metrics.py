import pytest
from msgspec.structs import replace

from moodtrace.metrics import (
    Point,
    abstention,
    arousal,
    coverage,
    ever,
    is_shown,
    peaks,
    share,
    summarise,
    trace,
    valence,
)
from moodtrace.timeline import gap
from tests.factories import row, viewer


def points(*values: float | None) -> list[Point]:
    return [Point(t, value) for t, value in enumerate(values) if value is not None]


def test_a_trace_has_no_point_in_gaps_empty_seconds_and_small_cells() -> None:
    rows = [
        row(0, viewer("happy"), viewer("sad")),
        gap(1, "no_frames"),
        row(2),
        row(3, viewer("happy")),
    ]

    assert [is_shown(row, 5) for row in rows] == [False, False, True, False]
    assert trace(rows, "happy", k=1) == [Point(0, 0.5), Point(3, 1.0)]
    assert trace(rows, "happy", k=2) == [Point(0, 0.5)]


def test_shares_and_coverage_are_of_viewers() -> None:
    seen = row(0, viewer("happy"), viewer("sad"), viewer(excluded="too_small"))

    assert share(seen, "happy") == 0.5
    assert coverage([seen, gap(1, "no_frames")]) == pytest.approx(2 / 3)
    assert coverage([]) is None


def test_shares_and_abstention_add_up_to_the_usable_faces() -> None:
    seen = row(0, viewer("happy"), viewer("sad"), viewer(abstained=True), viewer("sad"))

    assert (share(seen, "happy"), share(seen, "sad")) == (0.25, 0.5)
    assert abstention([seen, gap(1, "no_frames")]) == 0.25
    assert abstention([]) is None


def test_valence_and_arousal_are_of_the_faces_that_showed_something() -> None:
    happy = replace(viewer("happy"), emotion=(0, 0, 0, 1000, 0, 0, 0))
    seen = row(0, happy, viewer("sad", abstained=True))

    assert (valence(seen), arousal(seen)) == (0.81, 0.51)
    assert valence(row(0, viewer(abstained=True))) is None
    assert valence(gap(1, "no_frames")) is None


def test_peak_and_trough_are_the_first_of_their_height() -> None:
    metrics = summarise(points(0.2, 0.8, 0.0, 0.8, 0.0))

    assert metrics.average == pytest.approx(0.36)
    assert (metrics.peak, metrics.trough) == (Point(1, 0.8), Point(2, 0.0))


def test_a_trace_that_was_never_measured_has_no_figures() -> None:
    assert summarise([]) == (None, None, None)
    assert peaks([]) == []


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ((0.5, 0.5, 0.5), []),  # flat: nothing stands out
        ((0.1, 0.9, 0.1, 0.1, 0.7, 0.1), [1, 4]),
        ((0.9, 0.5, 0.1), [0]),  # it may begin with its peak
        ((0.1, 0.5, 0.9), [2]),  # or end with it
        ((0.1, 0.8, 0.8, 0.8, 0.1), [1]),  # a plateau counts from its first second
        ((0.1, 0.15, 0.1), []),  # flicker
        ((0.1, 1.0, 0.95, 1.0, 1.0, 0.1), [1]),  # twins without a dip between them are one
        ((0.1, 0.8, 0.75, 0.9, 0.1), [3]),  # the higher twin counts
        ((0.1, 0.8, 0.6, 0.8, 0.1), [1, 3]),
        ((0.1, 0.9, None, None, 0.1, 0.8, 0.1), [1, 5]),  # a gap breaks the trace
    ],
)
def test_peaks_stand_out_of_their_surroundings(
    values: tuple[float | None, ...], seconds: list[int]
) -> None:
    assert [peak.second for peak in peaks(points(*values))] == seconds


def test_only_the_most_prominent_peaks_are_returned() -> None:
    many = points(*[0.0, 0.5, 0.0, 0.0, 0.9, 0.0, 0.0, 0.7, 0.0, 0.0, 0.6, 0.0])

    assert [peak.second for peak in peaks(many, most=2)] == [4, 7]


def test_a_few_viewers_who_are_all_unusable_are_withheld_too() -> None:
    seen = row(0, viewer(excluded="too_small"))

    assert not is_shown(seen, k=5)
    assert is_shown(seen, k=1)


def test_ever_counts_each_viewer_once() -> None:
    rows = [
        row(0, viewer("happy"), viewer("sad"), viewer(excluded="too_small")),
        row(1, viewer("happy"), viewer("happy"), viewer("neutral"), viewer("sad")),
    ]

    assert ever(rows, "happy", k=1) == 0.5
    assert ever(rows, "fear", k=1) == 0
    assert ever([gap(0, "no_frames")], "happy", k=1) is None
