"""Viewers whose faces look sad, and are not."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from moodtrace.baseline import FIRST_SECONDS, corrected
from moodtrace.errors import UsageError
from moodtrace.labels import EMOTIONS, NEUTRAL, QUANTUM, Baseline, Emotion
from moodtrace.metrics import share
from moodtrace.rounding import shared_out
from moodtrace.timeline import Row, gap, of_viewers, row_of
from moodtrace.viewers import Viewer, shown
from tests.factories import row, scored, screening, viewer

RECORD = screening()
HOW: list[Baseline] = ["first", "median"]


def scores(**shares: int) -> tuple[int, ...]:
    """Scores in thousandths; what is left out is 0."""
    return tuple(shares.get(emotion, 0) for emotion in EMOTIONS)


def showing(*each: tuple[int, ...]) -> list[Row]:
    """Seconds in which one viewer has these scores; none if it was abstained."""
    return [
        row(second, replace(viewer(), emotion=emotion, showing=shown(emotion, RECORD.thresholds)))
        for second, emotion in enumerate(each)
    ]


def of(rows: Sequence[Row]) -> list[tuple[int, ...]]:
    return [viewer.emotion for row in rows for viewer in row.people]


SAD_FACE = scores(sad=500, neutral=450, happy=50)
SMILE = scores(sad=500, neutral=0, happy=500)


def test_a_face_that_looks_sad_at_rest_is_neutral() -> None:
    rows = showing(*[SAD_FACE] * 5, scores(happy=810, sad=190))
    now = corrected(RECORD, rows, "first").rows

    assert [share(row, "sad") for row in rows] == [1, 1, 1, 1, 1, 0]
    assert [share(row, "sad") for row in now] == [0] * 6
    assert [share(row, "neutral") for row in now] == [1, 1, 1, 1, 1, 0]
    assert of(now)[0] == scores(neutral=1000)
    # (810 - 50) / (1000 - 50) = 0.8 of what is left of happiness; the sadness at rest is gone
    assert of(now)[-1] == scores(happy=800, neutral=200)


def test_the_whole_scale_is_still_reached() -> None:
    now = corrected(RECORD, showing(*[SAD_FACE] * 5, scores(sad=1000)), "first").rows

    assert of(now)[-1] == scores(sad=1000)


def test_first_and_median_take_their_own_seconds() -> None:
    rows = showing(*[SAD_FACE] * FIRST_SECONDS, *[SMILE] * (FIRST_SECONDS + 1))
    first, median = (corrected(RECORD, rows, how).rows for how in HOW)

    assert [share(row, "happy") for row in first] == [0] * 5 + [1] * 6
    assert [share(row, "happy") for row in median] == [0] * 11  # the smile is what it shows mostly


def test_seconds_without_scores_are_passed_over() -> None:
    unsure = row(0, viewer(abstained=True))
    away = row(1, viewer(excluded="too_small"))
    rows = [unsure, away, gap(2, "corrupt"), *showing(*[SAD_FACE] * 5)]
    now = corrected(RECORD, rows, "first").rows

    assert now[:3] == rows[:3]
    assert {share(row, "neutral") for row in now[3:]} == {1}


def test_each_viewer_has_a_face_of_its_own() -> None:
    sad, happy = (replace(viewer(), emotion=emotion) for emotion in (SAD_FACE, SMILE))
    now = corrected(RECORD, [row(0, sad, happy), row(1, sad, happy)], "median").rows

    assert of(now) == [scores(neutral=1000)] * 4


def test_the_stored_rows_stay_and_the_effect_is_said() -> None:
    rows = showing(*[SAD_FACE] * 5, *[scores(happy=1000)] * 5)
    before = list(rows)
    none, first = corrected(RECORD, rows, "none"), corrected(RECORD, rows, "first")

    assert rows == before
    assert (none.rows, none.moved) == (rows, None)
    assert first.moved == 0.5  # its sad half became neutral


def test_what_is_withheld_says_nothing_of_the_effect() -> None:
    rows = showing(*[SAD_FACE] * 5)

    assert corrected(screening(k=2), rows, "first").moved is None


def test_a_record_that_does_not_know_its_thresholds_is_refused() -> None:
    old = replace(RECORD, thresholds=())

    assert corrected(old, [], "none").rows == []
    with pytest.raises(UsageError, match="could not correct"):
        corrected(old, [], "median")


emotions = st.lists(st.integers(0, 9), min_size=7, max_size=7).filter(any)
viewers = st.builds(
    lambda number, parts, young, excluded: (
        replace(viewer(number=number, excluded="too_small"), zone="sofa")
        if excluded
        else _viewer(number, shared_out(parts, QUANTUM), young)
    ),
    st.integers(1, 6),
    emotions,
    st.integers(0, 1000),
    st.booleans(),
)
audiences = st.lists(
    st.lists(viewers, max_size=5, unique_by=lambda each: each.id), min_size=1, max_size=12
)


def _viewer(number: int, emotion: tuple[int, ...], young: int) -> Viewer:
    return replace(
        viewer(number=number, age=(young, *(0,) * 6, 1000 - young)),
        emotion=emotion,
        showing=shown(emotion, RECORD.thresholds),
        zone="sofa" if number % 2 else "elsewhere",
    )


@settings(deadline=None)
@given(audiences, st.sampled_from(HOW), st.randoms())
def test_corrected_rows_are_rows(
    audience: list[list[Viewer]], how: Baseline, rng: random.Random
) -> None:
    """Scores stay on the scale, nothing but neutral grows, and segments sum to the total."""
    rows = [
        of_viewers(row_of(second, [scored(second * 1000)], [], row(0).after), people)
        for second, people in enumerate(audience)
    ]
    mixed = [of_viewers(each, rng.sample(each.people, len(each.people))) for each in rows]
    now, again = (corrected(RECORD, each, how).rows for each in (rows, mixed))

    for before, after, other in zip(rows, now, again, strict=True):
        assert (after.showing, after.scores, after.zones) == (
            other.showing,
            other.scores,
            other.zones,
        )
        assert (after.viewers, after.usable, after.excluded) == (
            before.viewers,
            before.usable,
            before.excluded,
        )
        for cells in (after.age_bands, after.zones, after.by_camera):
            for emotion, count in enumerate(after.showing):
                assert sum(cell.showing[emotion] for cell in cells.values()) == 1000 * count
        for stored, read in zip(before.people, after.people, strict=True):
            assert sum(read.emotion) == sum(stored.emotion)
            for place, (old, new) in enumerate(zip(stored.emotion, read.emotion, strict=True)):
                assert 0 <= new <= 1000
                assert place == NEUTRAL or new <= old


def test_a_rare_emotion_survives_what_a_face_always_shows() -> None:
    always: Emotion = "angry"
    rest = scores(angry=600, neutral=400)
    rows = showing(*[rest] * 8, scores(surprise=900, angry=100), *[rest] * 8)
    now = corrected(RECORD, rows, "median").rows

    assert sum(share(row, always) or 0 for row in now) == 0
    assert [row.second for row in now if share(row, "surprise")] == [8]
